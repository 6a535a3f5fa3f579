"""`python -m worker isolated`: one attempt at one turn, in a process of its own; `worker.jobs.isolation` starts it.

It reads what to do from its standard input, whose end tells that its worker is gone. Then it ends at once: the turn is
another worker's to begin.
"""

import asyncio
import ctypes
import json
import os
import signal
import sys
import threading
from typing import Any

import structlog
import uvloop

from chat.event_log import LostTurn
from chat.settings import Settings
from chat.store import RedisError
from chat.telemetry import logs
from worker.engine import open_engine
from worker.jobs.isolation import HANDED_BACK, Isolation

STDIN = 0
PR_SET_PDEATHSIG = 1
"""prctl(2): the signal that the kernel sends to this process when its parent ends."""

logger = structlog.get_logger(__name__)


async def run(settings: Settings, turn_id: str, token: str) -> int:
    """Run the turn as the claim `token`; returns the exit code: 0 where it is closed, or is another claim's."""
    task = asyncio.current_task()
    assert task
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    try:
        async with open_engine(settings, Isolation(settings), task.cancel) as engine:
            async with engine.runner.handing_back(turn_id, token):
                await engine.runner.run(turn_id, token, alone=True)
    except (RedisError, OSError, LostTurn, asyncio.CancelledError) as error:
        logger.warning("turn_given_back", error=type(error).__name__)
        return HANDED_BACK
    return 0


def main() -> int:
    _end_with_worker_at_once()
    order: dict[str, Any] = json.loads(_read_line())
    threading.Thread(target=_end_with_worker, daemon=True).start()
    settings = Settings(**order["settings"])
    logs.configure(settings, "worker")
    with structlog.contextvars.bound_contextvars(turn_id=order["turn_id"], isolated=True):
        try:
            return uvloop.run(run(settings, order["turn_id"], order["token"]))
        except Exception:  # Python's own report would quote values
            logger.exception("isolated_turn_broke")
            return 1


def _read_line() -> bytes:
    """The first line of the standard input, read without a buffer, whose lock the thread would hold at the exit."""
    line = b""
    while not line.endswith(b"\n") and (piece := os.read(STDIN, 65_536)):
        line += piece
    return line


def _end_with_worker() -> None:
    """A thread, so that it works while the event loop is blocked."""
    while os.read(STDIN, 1024):
        pass
    os._exit(HANDED_BACK)


def _end_with_worker_at_once() -> None:
    """On Linux the kernel does it, also while no thread comes to run: a regular expression may hold them all up."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
