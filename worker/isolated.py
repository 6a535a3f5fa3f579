"""`python -m worker isolated` runs one attempt at one turn in a process. `worker.jobs.isolation` starts it.

It reads its order from standard input. The end of that input means that its worker is gone. Then the process exits at
once, because another worker will run the turn.
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
from chat.store.errors import note
from chat.telemetry import logs
from chat.watchdog import Watchdog
from worker.engine import open_engine
from worker.jobs.isolation import HANDED_BACK, Isolation

STDIN = 0
PR_SET_PDEATHSIG = 1
"""prctl(2): sets the signal that the kernel sends to this process when its parent ends."""

logger = structlog.get_logger(__name__)


async def run(settings: Settings, turn_id: str, token: str) -> int:
    """Runs the turn as the claim `token`.

    Returns the exit code: 0 if the turn is closed or a newer claim owns it, `HANDED_BACK` if it needs another attempt.
    """
    task = asyncio.current_task()
    assert task
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    try:
        with Watchdog(settings.watchdog_seconds, task.cancel):
            async with open_engine(settings, Isolation(settings), task.cancel) as engine:
                async with engine.runner.handing_back(turn_id, token):
                    await engine.runner.run(turn_id, token, alone=True)
    except (RedisError, OSError, LostTurn, asyncio.CancelledError) as error:
        logger.warning("turn_given_back", error=note(error))
        return HANDED_BACK
    return 0


def main() -> int:
    """Reads the order from standard input and runs the turn. Returns the exit code."""
    _kill_with_worker()
    order: dict[str, Any] = json.loads(_read_line())
    threading.Thread(target=_exit_with_worker, daemon=True).start()
    settings = Settings(**order["settings"])
    logs.configure(settings, "worker")
    with structlog.contextvars.bound_contextvars(turn_id=order["turn_id"], isolated=True):
        try:
            return uvloop.run(run(settings, order["turn_id"], order["token"]))
        except Exception:  # otherwise Python prints its own traceback, which quotes values
            logger.exception("isolated_turn_broke")
            return 1


def _read_line() -> bytes:
    """Reads the first line of standard input unbuffered: a buffer's lock, held by the thread, would block the exit."""
    line = b""
    while not line.endswith(b"\n") and (piece := os.read(STDIN, 65_536)):
        line += piece
    return line


def _exit_with_worker() -> None:
    """Exits when standard input ends. Runs in a thread, to work while the event loop is blocked."""
    while os.read(STDIN, 1024):
        pass
    os._exit(HANDED_BACK)


def _kill_with_worker() -> None:
    """Has Linux kill this process with its parent, also when a regular expression keeps all threads from running."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
