"""Loads that are no visitors (`make siege`), and what the web tier costs a token (`make web-latency`)."""
