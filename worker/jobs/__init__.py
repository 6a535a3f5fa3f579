"""Runs the jobs of the queue, turns and titles, under leases."""
