"""Runs turns: claims jobs, assembles the history, calls the model, writes the log."""
