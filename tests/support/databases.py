"""Databases of the one Valkey that all tests share."""

from itertools import count

DATABASES = 200
STACK, STORE = 0, 1
"""The shared stack's, and the one that `store` empties before each test."""

_numbers = count(STORE + 1)


def database(redis_url: str) -> str:
    """One that nobody else uses."""
    return numbered(redis_url, next(_numbers))


def numbered(redis_url: str, number: int) -> str:
    return f"{redis_url.rpartition('/')[0]}/{number}"
