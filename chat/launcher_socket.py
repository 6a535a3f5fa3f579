"""What the API and the launcher of `make run` say to each other on the launcher's Unix socket: one line each way."""

import asyncio
import contextlib
from pathlib import Path

from chat.errors import HoldfastError

KILL_WORKER = b"kill worker\n"
KILLED, STARTING, UNKNOWN = b"killed\n", b"starting\n", b"unknown\n"
"""The answers: the worker was killed; it started a moment ago, or is about to; the line is no command."""

SECONDS = 5.0
"""How long either side waits for the other's line."""


class WorkerStarting(HoldfastError):
    status = 409
    code = "worker_starting"
    detail = "The worker was just started. Wait a few seconds, then kill it again."
    retry_after = 3


class LauncherUnavailable(HoldfastError):
    status = 503
    code = "launcher_unavailable"
    detail = "The launcher does not answer. Look at the terminal in which `make run` runs."


async def kill_worker(socket: Path) -> None:
    """Has the launcher kill its worker with SIGKILL and start another.

    Raises `WorkerStarting` if none is running yet, and `LauncherUnavailable`.
    """
    try:
        answer = await asyncio.wait_for(_ask(socket, KILL_WORKER), SECONDS)
    except (OSError, TimeoutError):
        raise LauncherUnavailable from None
    if answer == STARTING:
        raise WorkerStarting
    if answer != KILLED:
        raise LauncherUnavailable


async def _ask(socket: Path, line: bytes) -> bytes:
    reader, writer = await asyncio.open_unix_connection(socket)
    with contextlib.closing(writer):
        writer.write(line)
        await writer.drain()
        return await reader.readline()
