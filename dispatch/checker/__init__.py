"""What a plan must keep and what it costs, judged by code that shares nothing with the search."""
