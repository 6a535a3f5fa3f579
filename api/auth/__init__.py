"""Who is asking: guests, bearer tokens of an identity provider, and the cookie."""
