"""`python -m tests.support.silent_worker`: runs a worker that renews no leases any more once a turn has text."""

import asyncio
import sys

from worker import metrics
from worker.__main__ import main
from worker.jobs.lease import LeasedWorker

renew = LeasedWorker.renew


async def renew_until_text(self: LeasedWorker) -> None:
    if metrics.DELTAS._value.get():
        await asyncio.Event().wait()
    await renew(self)


LeasedWorker.renew = renew_until_text  # type: ignore[method-assign]  # makes the renewal hang

if __name__ == "__main__":
    sys.exit(main())
