"""Text files as input: bounded, decoded, parsed, and where each value in them stands."""
