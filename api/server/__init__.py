"""Limits on uvicorn's HTTP connections."""
