"""Parses a file of personas in a process of its own, because TOML can be written so that it takes hours to read."""

import asyncio
import json
import sys
from asyncio.subprocess import DEVNULL, PIPE
from typing import Any

from chat import child_process
from chat.persona_errors import PersonaFileInvalid

WALL_SECONDS = 20
AT_ONCE = asyncio.Semaphore(2)
TOO_SLOW = "it takes too long to read"


async def parsed(text: str) -> Any:
    """Returns what the file has: tables by their keys, if it is one. Raises `PersonaFileInvalid`."""
    async with AT_ONCE:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "chat.persona_tables"),
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
