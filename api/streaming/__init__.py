"""The events of turns on their way to any number of readers."""
