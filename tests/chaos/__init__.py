"""The promise under real deaths: real processes, killed and cut from outside.

A short form of each scenario runs with the tests; `make chaos` runs the long form and writes what it saw.
"""
