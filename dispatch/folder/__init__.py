"""A day's output directory: written whole, read back whole."""
