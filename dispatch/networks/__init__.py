"""Real streets: downloaded or read, cleaned, told about, compared with other networks."""
