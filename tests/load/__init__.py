"""Slow and idle connections (`make siege`), and the latency that the web tier adds (`make web-latency`)."""
