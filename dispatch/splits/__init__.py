"""Splits of the communes into centres: read, compared with the territory, applied."""
