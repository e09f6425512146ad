"""The service file: its sections, and what must agree among them."""
