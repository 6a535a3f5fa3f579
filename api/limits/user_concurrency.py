"""Limits how many questions of one user are opened at the same time."""

import asyncio
from weakref import WeakValueDictionary

MAX_CONCURRENT = 8


class UserConcurrency:
    """Caps concurrent opens per user and process, so that one user's burst cannot starve others.

    It delays requests and never rejects one, so replicas need not share its state.
    """

    def __init__(self) -> None:
        self._users: WeakValueDictionary[str, asyncio.Semaphore] = WeakValueDictionary()

    def slot(self, user: str) -> asyncio.Semaphore:
        """Returns the semaphore to hold while a question of the user is checked and stored; freed when unused."""
        return self._users.setdefault(user, asyncio.Semaphore(MAX_CONCURRENT))
