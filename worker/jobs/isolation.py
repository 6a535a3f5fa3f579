"""Runs a turn that may be crashing its workers in a process of its own, so that it cannot end other turns."""

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

MAX_PROCESSES = 2
"""Isolated processes at the same time per worker. Each takes the memory of a whole worker."""

GRACE_SECONDS = 30.0
"""Time beyond the longest attempt after which the process counts as hanging: it should have ended its turn."""

STOP_CHECK_SECONDS = 1.0
"""How often the worker checks whether the turn is stopped."""

STOP_CHECKS = 3
"""Consecutive checks after which the process of a stopped but open turn counts as hanging.

It is killed then, and a later claim ends the turn.
"""

TERMINATE_SECONDS = 8.0
"""How long the process may take to hand its turn back after SIGTERM."""
ARGUMENT = "isolated"
"""The last argument of a worker process that runs a single turn."""

HANDED_BACK = 75
"""Exit code of a process that handed its turn back: EX_TEMPFAIL of sysexits.h."""

logger = structlog.get_logger(__name__)


class Occupied(Exception):
    """Raised when `MAX_PROCESSES` isolated processes are running."""


class Released(Exception):
    """Raised when the process handed its turn back for another attempt, because the store was unreachable."""


class ProcessDied(Exception):
    """Raised when the process ended without closing its turn or handing it back."""


class Isolation:
    """Starts isolated processes by `command`, which started this worker: its wrappers apply to them too."""

    def __init__(self, settings: Settings, command: Sequence[str] = (sys.executable, "-m", "worker")) -> None:
        self._settings = settings
        self._command = (*command, ARGUMENT)
        self._slots = asyncio.Semaphore(MAX_PROCESSES)

    async def run(self, turn_id: str, token: str, is_stopped: Callable[[], Awaitable[bool]]) -> None:
        """Runs the turn as the claim `token` until it is closed. The caller renews the lease.

        `is_stopped` returns whether the turn is stopped but still open. Raises `Occupied`, `Released` or `ProcessDied`.
        If the caller is cancelled, the process hands its turn back.
        """
        if self._slots.locked():
            raise Occupied
        async with self._slots:
            _count()
            try:
                code = await self._run(turn_id, token, is_stopped)
            except OSError as error:  # the process cannot be started
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
            start_new_session=True,  # only the worker gets a terminal's Ctrl-C; it decides what happens to its turns
        )
        logger.info("turn_isolated", turn_id=turn_id, process_id=process.pid)
        try:
            await _write(process, order(self._settings, turn_id, token))
            async with asyncio.timeout(self._settings.longest_attempt + GRACE_SECONDS):
                return await _exit_code(process, is_stopped)
        except TimeoutError:
            return -1
        finally:
            await _terminate(process)


def _count() -> None:
    """Counts an attempt here, because its process serves no metrics. It follows others: they are why it runs alone."""
    for counter in (metrics.ISOLATED, metrics.ATTEMPTS, metrics.RESTARTS):
        counter.inc()


def order(settings: Settings, turn_id: str, token: str) -> bytes:
    """Encodes what the process reads from standard input: one line of JSON, which contains keys and passwords."""
    fields = {name: getattr(settings, name) for name in type(settings).model_fields}
    return json.dumps({"settings": fields, "turn_id": turn_id, "token": token}, default=_json_value).encode() + b"\n"


def _json_value(value: object) -> str:
    if isinstance(value, SecretStr):
        return value.get_secret_value()
    if isinstance(value, Path):
        return str(value.absolute())
    raise TypeError(f"a setting of type {type(value).__name__} cannot be passed to the process")


async def _write(process: Process, line: bytes) -> None:
    """Writes the line. The pipe stays open, because its end means that the worker is gone."""
    assert process.stdin
    with contextlib.suppress(ConnectionError):
        process.stdin.write(line)
        await process.stdin.drain()


async def _exit_code(process: Process, is_stopped: Callable[[], Awaitable[bool]]) -> int:
    """Waits for the process and returns its exit code. Kills it if it does not obey a stop."""
    checks = 0
    while checks < STOP_CHECKS:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(STOP_CHECK_SECONDS):
                return await process.wait()
        checks = checks + 1 if await is_stopped() else 0
    logger.warning("isolated_turn_hangs", process_id=process.pid)
    with contextlib.suppress(ProcessLookupError):
        process.kill()
    return await process.wait()


async def _terminate(process: Process) -> None:
    """Lets the process hand its turn back, and waits until it has ended."""
    if process.returncode is None:
        process.terminate()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(TERMINATE_SECONDS):
                await process.wait()
    if process.returncode is None:
        process.kill()
        await process.wait()
