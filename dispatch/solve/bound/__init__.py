"""The lower bound and its proof: column generation, cuts, enumeration, branching."""
