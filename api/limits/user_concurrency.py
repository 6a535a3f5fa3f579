"""Limits how many questions of one user are opened at the same time, and how many searches and exports run."""

import asyncio
from weakref import WeakValueDictionary

MAX_OPENS = 8
MAX_SEARCHES = 2
MAX_EXPORTS = 2


class UserConcurrency:
    """Caps concurrent work per user and process, so that one user's burst cannot starve others.

    It delays requests and never rejects one, so replicas need not share its state.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._users: WeakValueDictionary[str, asyncio.Semaphore] = WeakValueDictionary()

    def slot(self, user: str) -> asyncio.Semaphore:
        """Returns the semaphore to hold during the work for the user; freed when unused."""
        return self._users.setdefault(user, asyncio.Semaphore(self._most))
