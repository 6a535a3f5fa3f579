"""Parses a file of personas in a process of its own, because TOML can be written so that it takes hours to read.

`python -m chat.persona_parser` reads the file from its standard input and writes JSON: `tables`, or the `reason` why
there are none.
"""

import asyncio
import json
import resource
import sys
from asyncio.subprocess import DEVNULL, PIPE
from typing import Any

from chat import child_process, persona_files
from chat.persona_errors import PersonaFileInvalid

CPU_SECONDS, WALL_SECONDS = 2, 20
MEMORY_BYTES = 512 * 1024 * 1024
AT_ONCE = asyncio.Semaphore(2)
TOO_SLOW = "it takes too long to read"


async def parsed(text: str) -> Any:
    """Returns what the file has: tables by their keys, if it is one. Raises `PersonaFileInvalid`."""
    async with AT_ONCE:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "chat.persona_parser"),
            stdin=PIPE,
            stdout=PIPE,
            stderr=DEVNULL,
            env=child_process.environment(),
        )
        try:
            async with asyncio.timeout(WALL_SECONDS):
                answer, _ = await process.communicate(text.encode())
        except TimeoutError:
            raise PersonaFileInvalid(TOO_SLOW) from None
        finally:
            await child_process.end(process)
    if process.returncode:
        raise PersonaFileInvalid(TOO_SLOW)
    found = json.loads(answer)
    if "reason" in found:
        raise PersonaFileInvalid(found["reason"])
    return found["tables"]


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
