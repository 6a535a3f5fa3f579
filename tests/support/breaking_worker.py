"""`python -m tests.support.breaking_worker`: runs a worker whose sweep task fails once a turn has text."""

import sys

from chat.sweep import Sweeper
from tests.support.waiting import eventually
from worker import metrics
from worker.__main__ import main


async def break_soon(_: Sweeper) -> None:
    async def has_text() -> bool:
        return bool(metrics.DELTAS._value.get())

    await eventually(has_text)
    raise ZeroDivisionError


Sweeper.run = break_soon  # type: ignore[assignment, method-assign]  # makes the task fail

if __name__ == "__main__":
    sys.exit(main())
