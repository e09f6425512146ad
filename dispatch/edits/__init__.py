"""Edits by hand: decisions of a centre head that the plan must keep.

A visit is pinned to a technician or a time, a round is locked, a technician is absent, a visit is
dropped. `reading` reads a file of edits, `editor` applies one edit, `apply` all of them and `day`
those of a whole day; `files` writes them into the output directory; `costs` counts what they cost.
docs/edits.md tells people how to write them.
"""
