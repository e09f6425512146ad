"""One module a command: what it takes, what it calls, what it says and its exit code."""
