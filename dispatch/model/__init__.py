"""The day problem, its plan and a centre's day, with their JSON formats."""
