"""The road graph as arrays: sites joined to it, and the quickest ways over it."""
