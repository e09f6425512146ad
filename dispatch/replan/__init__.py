"""A day under way: what happened since the plan was made -> a plan near the old one.

::

    events    what happened; `reading` and `checks` read it from a file (TOML or CSV)
    past      where everybody is at the moment (`standing`), by following each round (`walk`)
    changed   the day problem as it is now; `driven` travel, `relaxed` rules
    near      the search: travel, unassigned costs, overtime and the prices of changes
    prices    those prices counted again, by code that shares nothing with the search
    changes   the differences between the two plans, in words
    day       all of it: a written day and events -> the day planned again; writes nothing
    write     the day planned again as files
    run       the options of `dispatch replan`: read, plan, write
"""
