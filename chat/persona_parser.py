"""Parses a file of personas in a process of its own, because TOML can be written so that it takes hours to read.

`python -m chat.persona_parser` reads the file from its standard input and writes JSON: `tables`, or the `reason` why
there are none.
"""

import asyncio
import contextlib
import json
import os
import resource
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from typing import Any

from chat import persona_files
from chat.persona_errors import PersonaFileInvalid

CPU_SECONDS, WALL_SECONDS = 2, 20
MEMORY_BYTES = 512 * 1024 * 1024
AT_ONCE = asyncio.Semaphore(2)
TOO_SLOW = "it takes too long to read"


async def parsed(text: str) -> Any:
    """Returns what the file has: tables by their keys, if it is one. Raises `PersonaFileInvalid`."""
    async with AT_ONCE:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "chat.persona_parser"), stdin=PIPE, stdout=PIPE, stderr=DEVNULL, env=_environment()
        )
        try:
            async with asyncio.timeout(WALL_SECONDS):
                answer, _ = await process.communicate(text.encode())
        except TimeoutError:
            raise PersonaFileInvalid(TOO_SLOW) from None
        finally:
            await _end(process)
    if process.returncode:
        raise PersonaFileInvalid(TOO_SLOW)
    found = json.loads(answer)
    if "reason" in found:
        raise PersonaFileInvalid(found["reason"])
    return found["tables"]


def _environment() -> dict[str, str]:
    """Returns the variables that Python needs to find this module, and no key or address of the application."""
    kept = {name: os.environ[name] for name in ("PATH", "LANG", "SYSTEMROOT") if name in os.environ}
    return {**kept, "PYTHONPATH": os.pathsep.join(part for part in sys.path if part) or os.getcwd()}


async def _end(process: Process) -> None:
    if process.returncode is None:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()


def main() -> None:
    """Parses what is on the standard input, within a limit of CPU time and memory."""
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    try:
        answer: dict[str, Any] = {"tables": persona_files.tables_of(sys.stdin.buffer.read().decode())}
        text = json.dumps(answer, default=str)
    except persona_files.Unreadable as error:
        text = json.dumps({"reason": str(error)})
    sys.stdout.write(text)


if __name__ == "__main__":
    main()
