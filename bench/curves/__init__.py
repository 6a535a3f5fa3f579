"""Measures how the cost of scripts and routes grows with the amount of data."""
