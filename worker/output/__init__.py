"""Writes the deltas of a reply to the turn's event log."""
