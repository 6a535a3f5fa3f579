"""Tool servers of others, from their registry: `make test-tools`."""
