"""Reads one file in a process of its own: `python -m chat.files.prepare`. Imports nothing else of the application."""
