"""Readiness checks and metrics of the process."""
