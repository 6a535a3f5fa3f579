"""Limits of requests and concurrency per user and per address."""
