"""Starts server processes, waits until they answer, and stops them. Their output goes to a file."""

import asyncio
import contextlib
import os
import time
from asyncio.subprocess import Process
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from launcher import ports, valkey
from launcher.console import Problem, tail

ROOT = Path(__file__).parents[1]
READY_SECONDS = 120
"""Generous, because the machine may be busy: a server starts in two seconds of CPU time."""

STOP_SECONDS = 20
KEPT = ("PATH", "HOME", "LANG", "TMPDIR", "HOLDFAST_TEST_RUN")
"""Variables that servers inherit. The last one marks the processes of a test run, so that it can find leftovers."""


@asynccontextmanager
async def running(command: Sequence[str], log: Path, **settings: str) -> AsyncIterator[int]:
    """Runs a server inside the `with` block and gives its process id. It inherits only `KEPT`, and reads no `.env`."""
    env = {name: value for name, value in os.environ.items() if name in KEPT}
    with log.open("ab") as sink:
        process = await asyncio.create_subprocess_exec(
            *command, env={**env, "PYTHONPATH": str(ROOT), **settings}, cwd=log.parent, stdout=sink, stderr=sink
        )
    try:
        yield process.pid
    finally:
        await _stop(process)


@asynccontextmanager
async def running_valkey(folder: Path) -> AsyncIterator[tuple[str, int]]:
    """Runs a Valkey in `folder` with an append-only file, as in production. Gives its address and process id."""
    port = ports.free()
    await asyncio.to_thread(folder.mkdir, parents=True)
    process = await asyncio.to_thread(valkey.start, folder, port)
    try:
        yield valkey.url(port), process.pid
    finally:
        await asyncio.to_thread(valkey.stop, process)


def answering(port: int, path: str, log: Path) -> None:
    """Waits until a GET is answered with 200. Raises `Problem` with the end of the log after `READY_SECONDS`."""
    until = time.monotonic() + READY_SECONDS
    while not ports.answers("127.0.0.1", port, path):
        if time.monotonic() > until:
            raise Problem(f"Nothing answers at port {port}:\n{tail(log)}")
        time.sleep(0.05)


async def _stop(process: Process) -> None:
    with contextlib.suppress(ProcessLookupError):
        process.terminate()
    try:
        await asyncio.wait_for(process.wait(), STOP_SECONDS)
    except TimeoutError:
        process.kill()
        await process.wait()
