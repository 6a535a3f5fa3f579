"""The programs of `make`: installs Python packages and the tests' browser, builds the page, renews the locks.

Runs on the system's Python before any package is installed: standard library only.
"""
