"""`python -m tests.support.breaking_api`: an API whose feed breaks once it has a reader."""

import sys

from api.__main__ import main
from api.streaming.feed import Feed
from tests.support.waiting import eventually


async def break_soon(feed: Feed) -> None:
    async def has_reader() -> bool:
        return feed.streams > 0

    await eventually(has_reader)
    raise ZeroDivisionError


Feed._tick = break_soon  # type: ignore[assignment, method-assign]  # it is to break

if __name__ == "__main__":
    sys.exit(main())
