"""Stand-in servers: imitations of the systems the hub speaks to, for tests and demonstrations."""
