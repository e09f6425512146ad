"""What several tests share: small days by hand, servers of their own, browser tools."""
