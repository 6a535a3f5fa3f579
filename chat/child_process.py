"""What processes have in common that read a hostile file in place of this one."""

import contextlib
import os
from asyncio.subprocess import Process
from pathlib import Path

KEPT = ("PATH", "HOME", "LANG", "TMPDIR", "LD_LIBRARY_PATH", "COVERAGE_PROCESS_CONFIG")
"""Variables that such a process gets. No key or password is among them."""

ROOT = Path(__file__).parents[1]


def environment() -> dict[str, str]:
    """Returns the variables with which Python finds the application's modules."""
    kept = {name: os.environ[name] for name in KEPT if name in os.environ}
    return {**kept, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"}


async def end(process: Process) -> None:
    """Kills the process, if it runs, and waits for its end."""
    if process.returncode is None:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()
