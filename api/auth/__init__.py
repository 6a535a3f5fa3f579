"""Identifies users: guest tokens, bearer tokens of an identity provider, and the cookie."""
