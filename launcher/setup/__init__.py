"""What `make` calls: Python packages, the built page, the tests' browser, and the locks.

Runs on the system's Python before anything is installed: standard library only.
"""
