"""`python -m tests.support.breaking_api`: runs an API whose feed task fails once it has a reader."""

import sys

from api.__main__ import main
from api.streaming.feed import Feed
from tests.support.waiting import eventually


async def break_soon(feed: Feed) -> None:
    async def has_reader() -> bool:
        return feed.streams > 0

    await eventually(has_reader)
    raise ZeroDivisionError


Feed._tick = break_soon  # type: ignore[assignment, method-assign]  # makes the task fail

if __name__ == "__main__":
    sys.exit(main())
