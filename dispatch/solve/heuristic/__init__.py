"""The search for good rounds: initial solution, ruin and recreate."""
