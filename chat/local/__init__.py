"""Holdfast on one machine: what `make` calls to set it up, and the launcher behind `make run`.

`chat.local.setup` runs on the system's Python before anything is installed, so it and `chat.local.console`
use the standard library only.
"""
