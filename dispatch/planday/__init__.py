"""Plan every centre for one date: read the inputs, solve, check, write."""
