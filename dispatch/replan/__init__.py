"""The day goes on: what changed since the plan was made -> a plan near the old one.

::

    events    a file of what happened                        (TOML or CSV)
    past      who is where at that moment, and what is settled
    changed   the day problem as it is now: facts as locks, exact windows, true durations
    near      the search: driving, visits left, overtime and the prices of changes
    prices    those prices counted again, sharing nothing with the search
    changes   what is different, in words
    run       a folder read, replanned and written
"""
