"""The time of a call does not run while a user is asked."""

import asyncio

import pytest

from worker.tools.running_call import Clock


async def test_a_clock_expires_after_its_time() -> None:
    clock = Clock(0)
    await clock.expired


async def test_a_paused_clock_does_not_expire() -> None:
    clock = Clock(0.01)
    clock.pause()
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(asyncio.shield(clock.expired), 0.05)
    clock.resume()
    await clock.expired


async def test_a_clock_that_was_ended_early_stays_ended() -> None:
    clock = Clock(3600)
    clock.expire()
    clock.expire()
    assert clock.expired.done()
