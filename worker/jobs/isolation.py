"""Runs a turn that may be what ends its workers in a process of its own, so that it can end no other turn's."""

import asyncio
import contextlib
import json
import sys
from asyncio.subprocess import Process
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

import structlog
from pydantic import SecretStr

from chat.settings import Settings
from worker import metrics

AT_ONCE = 2
"""Such processes of one worker: each takes the memory of a whole worker."""

LATE_SECONDS = 30.0
"""After so long beyond `TURN_TIMEOUT` the process hangs: it ends its turn in time by itself."""

LOOK_SECONDS = 1.0
"""How often the worker looks whether the turn is stopped."""

STOP_LOOKS = 3
"""A process whose turn is open at so many looks after a stop hangs: it is killed, and a later claim ends the turn."""

LEAVE_SECONDS = 8.0
ARGUMENT = "isolated"
"""The last argument of a worker that runs one turn alone."""

HANDED_BACK = 75
"""Exit code of a process that gave its turn back: EX_TEMPFAIL of sysexits.h."""

logger = structlog.get_logger(__name__)


class Occupied(Exception):
    """All processes for such turns are in use."""


class Released(Exception):
    """The process gave the turn back for another attempt: the store was away."""


class ProcessDied(Exception):
    """The process ended without closing its turn or giving it back."""


class Isolation:
    """Starts the processes by `command`, which is how this worker was started: what wraps it wraps them too."""

    def __init__(self, settings: Settings, command: Sequence[str] = (sys.executable, "-m", "worker")) -> None:
        self._settings = settings
        self._command = (*command, ARGUMENT)
        self._slots = asyncio.Semaphore(AT_ONCE)

    async def run(self, turn_id: str, token: str, is_stopped: Callable[[], Awaitable[bool]]) -> None:
        """Run the turn as the claim `token`, whose lease the caller keeps. Returns when the turn is closed.

        `is_stopped` tells whether the turn was stopped and is open all the same.
        Raises `Occupied`, `Released` or `ProcessDied`. Where the caller is cancelled the process hands its turn back.
        """
        if self._slots.locked():
            raise Occupied
        async with self._slots:
            metrics.ISOLATED.inc()
            try:
                code = await self._run(turn_id, token, is_stopped)
            except OSError as error:  # no process can be started
                logger.error("turn_not_isolated", turn_id=turn_id, error=type(error).__name__)
                raise ProcessDied from error
        if code == HANDED_BACK:
            raise Released
        if code:
            logger.warning("isolated_turn_died", turn_id=turn_id, exit_code=code)
            raise ProcessDied

    async def _run(self, turn_id: str, token: str, is_stopped: Callable[[], Awaitable[bool]]) -> int:
        process = await asyncio.create_subprocess_exec(
            *self._command,
            stdin=asyncio.subprocess.PIPE,
            start_new_session=True,  # a terminal's Ctrl-C is for the worker, which decides what happens to its turns
        )
        logger.info("turn_isolated", turn_id=turn_id, process_id=process.pid)
        try:
            await _write(process, order(self._settings, turn_id, token))
            async with asyncio.timeout(self._settings.turn_timeout + LATE_SECONDS):
                return await _exit_code(process, is_stopped)
        except TimeoutError:
            return -1
        finally:
            await _end(process)


def order(settings: Settings, turn_id: str, token: str) -> bytes:
    """What the process reads from its standard input: one line of JSON. It has keys and passwords in it."""
    fields = {name: getattr(settings, name) for name in type(settings).model_fields}
    return json.dumps({"settings": fields, "turn_id": turn_id, "token": token}, default=_plain).encode() + b"\n"


def _plain(value: object) -> str:
    if isinstance(value, SecretStr):
        return value.get_secret_value()
    if isinstance(value, Path):
        return str(value.absolute())
    raise TypeError(f"a setting of the type {type(value).__name__} cannot be handed on")


async def _write(process: Process, line: bytes) -> None:
    """The pipe stays open: its end tells the process that its worker is gone."""
    assert process.stdin
    with contextlib.suppress(ConnectionError):
        process.stdin.write(line)
        await process.stdin.drain()


async def _exit_code(process: Process, is_stopped: Callable[[], Awaitable[bool]]) -> int:
    """How the process ends; killed where it does not obey a stop."""
    looks = 0
    while looks < STOP_LOOKS:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(LOOK_SECONDS):
                return await process.wait()
        looks = looks + 1 if await is_stopped() else 0
    logger.warning("isolated_turn_hangs", process_id=process.pid)
    with contextlib.suppress(ProcessLookupError):
        process.kill()
    return await process.wait()


async def _end(process: Process) -> None:
    """Let it hand its turn back, and wait until it is gone."""
    if process.returncode is None:
        process.terminate()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(LEAVE_SECONDS):
                await process.wait()
    if process.returncode is None:
        process.kill()
        await process.wait()
