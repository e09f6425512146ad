"""Work that is watched: each wait has an end, and what fails costs itself only.

crew       processes that work on jobs; a lost process costs its job, which is tried again alone
worker     what runs in such a process
vitals     what the system tells of a process: its time, its memory
deadline   a call that ends in time, or is left behind
"""
