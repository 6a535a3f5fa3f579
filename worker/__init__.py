"""Runs turns: claims jobs, builds the prompt, calls the model, writes the event log."""
