"""How sure the hours of a plan are: a thousand days drawn for each round (docs/chances.md).

::

    draws     how much longer or shorter each drive and service is on each drawn day
    days      the compiled clock: a round as it goes on each of these days
    tell      `chances_of`: a plan and its uncertainty -> ranges, chances, weakest stops
    guarded   `with_chances`: the same for several centres, at no risk to their plans

Nothing here changes a plan. The same problem, plan and figures give the same chances on every
machine; tests compare each day with a clock of their own.
"""
