"""Runs Holdfast on one machine: `make run` starts it, `launcher.setup` installs what it needs.

`launcher.setup` runs on the system's Python before any package is installed. It and the modules that it imports
(`launcher.console`, `folder`, `guard`, `ports`, `private`) therefore use the standard library only.
"""
