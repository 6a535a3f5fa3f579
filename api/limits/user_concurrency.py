"""Lets in a few questions of one user at a time."""

import asyncio
from weakref import WeakValueDictionary

MAX_CONCURRENT = 8


class UserConcurrency:
    """A thousand questions of one user wait here for each other, and not everybody else's among them.

    Of each process: it keeps nobody out, so there is nothing that replicas would have to agree upon.
    """

    def __init__(self) -> None:
        self._users: WeakValueDictionary[str, asyncio.Semaphore] = WeakValueDictionary()

    def slot(self, user: str) -> asyncio.Semaphore:
        """To be held while a question of the user's is looked at and stored; gone when nobody holds it."""
        return self._users.setdefault(user, asyncio.Semaphore(MAX_CONCURRENT))
