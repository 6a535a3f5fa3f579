"""Loads that are no visitors: `make siege`."""
