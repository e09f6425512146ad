"""Edits by hand: what a centre head settles before, or after, the search.

A visit is pinned to a technician or a time, a round is locked, a technician is absent, a visit is
dropped. Edits are read (`reading`), put into the day's problems (`applying`), kept in the folder
(`kept`), and weighed (`pricing`). docs/edits.md tells people how to write them.
"""
