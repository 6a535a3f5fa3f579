"""Calls of tools: the tool servers, and replies that need several requests to the model."""
