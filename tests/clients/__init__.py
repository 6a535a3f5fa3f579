"""Real clients of other protocols, from their registry, against a real stack: `make test-clients`."""
