"""Delivers the events of turns to any number of readers."""
