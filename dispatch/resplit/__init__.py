"""Better splits under the deliberation's criteria, each proven the best there is.

Each step is a module that can be read, and used, on its own::

    units        the communes with their demand, and the roads between them
    estimate     what a group of communes costs in travel (the formula is there)
    groups       every connected group that a centre could have
    partition    the best choice of groups: set partitioning, proven
    listing      every split there is
    admissible   ... with travel and balance: what a split is ranked among
"""

from __future__ import annotations
