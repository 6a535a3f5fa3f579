"""Deltas of a reply in, entries of its event log out."""
