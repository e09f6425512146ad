"""Measure the solver against its peers: `python -m benchmarks --help`."""
