"""A day under way: what happened since the plan was made -> a plan near the old one.

::

    events    what happened; `reading` and `checks` read it from a file (`event_toml`, `event_rows`)
    past      where everybody is at the moment (`standing`), by following each round (`walk`)
    changed   the day problem as it is now; `driven` travel, `relaxed` rules
    planner   from that problem to the plan near the old one, checked
    repair    its rounds: the least repair of the old ones, then the search with a cost of change
    prices    those prices counted again, by code that shares nothing with the search
    changes   the differences between the two plans, in words
    day       all of it: a written day and events -> the day planned again; writes nothing
    write     the day planned again as files
    run       the options of `dispatch replan`: read, plan, write
"""
