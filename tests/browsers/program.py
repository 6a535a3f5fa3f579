"""Runs a program of the system, with a home of its own, until the end of a block."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from tests.support.waiting import PATIENCE


@asynccontextmanager
async def running(
    folder: Path, program: str, *words: str, keep: Sequence[int] = (), **more: str
) -> AsyncIterator[None]:
    """Run a program and end it with all processes that it has started. `keep`: files that stay open for it."""
    home = folder / "home"
    home.mkdir(exist_ok=True)
    env = {**os.environ, "HOME": str(home), "XDG_RUNTIME_DIR": str(home), **more}
    with (folder / "browser.log").open("ab") as log:
        process = await asyncio.create_subprocess_exec(
            program, *words, env=env, stdout=log, stderr=log, pass_fds=keep, start_new_session=True
        )
    try:
        yield
    finally:
        await end(process)


async def end(process: asyncio.subprocess.Process) -> None:
    """End a process and its group: first with SIGTERM, then with SIGKILL what is left."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGTERM)
    with suppress(TimeoutError):
        await asyncio.wait_for(process.wait(), PATIENCE)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    await process.wait()
