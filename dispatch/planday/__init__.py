"""A day of every centre: inputs -> `plan_of` -> `Day` -> `write_day` -> files and pages.

::

    inputs    the options of `dispatch plan`; the files that they name, read into `Inputs`
    plan      `plan_of`: inputs and edits -> the planned day, checked; writes nothing
    day       `Day`: the planned day of all centres, in memory
    evenness  `compared`: the same day with another weight of even work
    pages     its pages and tables
    write     `write_day`: all of its files, `plan.json` last
    run       `plan_day`: the whole road, for `dispatch plan`

The nightly job and notebooks call `plan_of`; who wants files calls `write_day` as well.
"""
