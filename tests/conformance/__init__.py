"""Checks of every promise in docs/protocol.md, over HTTP, against any server."""
