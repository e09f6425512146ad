"""The search for good rounds: first rounds, ruin and recreate."""
