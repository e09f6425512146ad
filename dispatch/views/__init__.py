"""What people see: words, pages and tables; the only way from data to a page."""
