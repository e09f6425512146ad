"""Files of visits and technicians become objects; all faults of a file are reported at once."""
