"""Set partitioning: the best choice among known rounds, each visit on one round at most."""
