"""Holdfast on one machine: what `make` calls to set it up, and the launcher behind `make run`.

`launcher.setup` runs on the system's Python before anything is installed, so it and `launcher.console`
use the standard library only.
"""
