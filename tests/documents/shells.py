"""Types code blocks into an interactive shell, as people do who paste them."""

import asyncio
import os
import re
import shutil
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.support.stack import KEPT
from tests.support.waiting import PATIENCE

COMMANDS = {
    "sh": ("sh", "-i"),
    "bash": ("bash", "--noprofile", "--norc", "--noediting", "-i"),
    "zsh": ("zsh", "-f", "-i"),
}
"""Without the user's own files. Interactive, because zsh then treats `#`, `?` and `!` differently from a script."""
COMPLAINT = re.compile(
    r"^.*(?:not found|no matches|bad pattern|parse error|[Ss]yntax error|unexpected|event not).*$", re.M
)
END = "\036"


@dataclass(frozen=True)
class Answer:
    """What a block printed, the status of its last command, and its duration."""

    output: str
    status: int
    seconds: float


class Shell:
    """An interactive shell. Its variables and functions last from one block to the next."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    async def type(self, code: str, seconds: float = PATIENCE) -> Answer:
        """Types a block. Raises `AssertionError` if the shell itself complains about it."""
        assert self._process.stdin and self._process.stdout  # noqa: PT018 - both are pipes
        started = time.monotonic()
        self._process.stdin.write(f"{code}\nprintf '\\036%s\\n' \"$?\"\n".encode())
        await self._process.stdin.drain()
        output = ""
        async with asyncio.timeout(seconds):
            while END not in output:
                line = await self._process.stdout.readline()
                assert line, f"the shell ended: {output}"
                output += line.decode()
        text, _, status = output.partition(END)
        complaint = COMPLAINT.search(text)
        assert not complaint, f"{complaint and complaint[0]}\n{code}"
        return Answer(text, int(status), time.monotonic() - started)


def installed(name: str) -> bool:
    return shutil.which(COMMANDS[name][0]) is not None


@asynccontextmanager
async def open_shell(name: str, folder: Path) -> AsyncIterator[Shell]:
    """Start the shell in a folder, and end it. What it prints as a prompt goes nowhere."""
    kept = {name: value for name, value in os.environ.items() if name in KEPT}
    process = await asyncio.create_subprocess_exec(
        *COMMANDS[name],
        cwd=folder,
        env={**kept, "PS1": "", "PS2": "", "PROMPT_EOL_MARK": "", "TERM": "dumb"},
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        limit=1 << 22,
    )
    try:
        shell = Shell(process)
        await shell.type("")  # takes what the shell says about its missing terminal
        yield shell
    finally:
        assert process.stdin
        process.stdin.close()
        await asyncio.wait_for(process.wait(), PATIENCE)
