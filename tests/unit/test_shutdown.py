"""The server's signals reach the streams, and a second one ends the process at once."""

import asyncio
import signal

import pytest
import uvicorn
from sse_starlette.sse import AppStatus

from api.__main__ import Server
from api.streaming.shutdown import ShutdownSignal
from chat.watchdog import HUNG


def server_of(shutdown: ShutdownSignal) -> Server:
    return Server(uvicorn.Config(lambda: None, log_config=None), shutdown)


async def test_a_signal_wakes_everything_that_waits() -> None:
    shutdown = ShutdownSignal()
    waiting = [asyncio.create_task(shutdown.wait()) for _ in range(2)]
    await asyncio.sleep(0)
    assert not any(task.done() for task in waiting)
    shutdown.set()
    await asyncio.gather(*waiting)
    assert shutdown.is_set


async def test_a_signal_before_the_wait_is_not_lost() -> None:
    shutdown = ShutdownSignal()
    shutdown.set()
    await shutdown.wait()


async def test_a_fault_ends_the_server_with_its_exit_code() -> None:
    shutdown = ShutdownSignal()
    server = server_of(shutdown)
    assert (shutdown.exit_code, server.should_exit) == (0, False)
    shutdown.fail(HUNG)
    assert (shutdown.exit_code, shutdown.is_set) == (HUNG, True)
    assert (server.should_exit, server.force_exit) == (True, False)


async def test_uvicorn_calls_the_override_at_a_real_signal(monkeypatch: pytest.MonkeyPatch) -> None:
    """At the first signal the streams end; at the second, of any kind, the process."""
    monkeypatch.setattr(AppStatus, "should_exit", False)  # sse-starlette's patch of uvicorn sets it for good
    shutdown = ShutdownSignal()
    server = server_of(shutdown)
    waiting = asyncio.create_task(shutdown.wait())
    await asyncio.sleep(0)
    before = signal.signal(signal.SIGTERM, lambda *_: None)  # uvicorn raises what it caught again when it is done
    try:
        with server.capture_signals():
            signal.raise_signal(signal.SIGTERM)
            assert (shutdown.is_set, server.should_exit, server.force_exit) == (True, True, False)
            signal.raise_signal(signal.SIGTERM)
            assert server.force_exit
    finally:
        signal.signal(signal.SIGTERM, before)
    await waiting
