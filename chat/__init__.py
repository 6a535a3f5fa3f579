"""The domain of Holdfast on Redis: sessions, messages, turns and their event logs."""
