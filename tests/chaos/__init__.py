"""Chaos tests: real processes are killed, frozen and cut off, and every turn must still end as promised.

A short form of each scenario runs with the tests. `make chaos` runs the long form and writes its figures.
"""
