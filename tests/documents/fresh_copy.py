"""A fresh copy of the repository, in which blocks are run as a newcomer runs them, in bash."""

import asyncio
import contextlib
import os
import shutil
import signal
import time
from asyncio.subprocess import STDOUT, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from chat.settings import Settings
from launcher import ports
from tests.documents.blocks import Block
from tests.support.repository import ROOT, files, name_of

LONG = "DOCS_LONG"
"""The environment variable that lets blocks run that take long, set before `slow_fresh_copies.py` is imported."""
MINUTES = 60.0
READY = 30 * MINUTES
ENDED = 30 * MINUTES
PRINTED = {"8000": "127.0.0.1:8000", "6379": "127.0.0.1:6379"}
"""Ports and the addresses that documents print. One that is in use here is replaced by a free one."""


def copied(folder: Path) -> Path:
    """Copies all files that belong to the repository, without what is installed or built."""
    for file in files():
        target = folder / name_of(file)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(file, target)
    assert not (folder / ".env").exists()
    return folder


@dataclass
class FreshCopy:
    """The copy, and the processes that run in it."""

    folder: Path
    replaced: dict[str, str]
    running: list[Process] = field(default_factory=list)

    @property
    def environment(self) -> dict[str, str]:
        """The caller's environment without settings, and the port if 8000 is in use."""
        settings = {name.upper() for name in Settings.model_fields}
        kept = {name: value for name, value in os.environ.items() if name.upper() not in settings}
        return {**kept, "PORT": self.replaced[PRINTED["8000"]].rpartition(":")[2]}

    def printed(self, code: str) -> str:
        for address, other in self.replaced.items():
            code = code.replace(address, other)
        return code

    @property
    def output(self) -> str:
        return (self.folder / "output.log").read_text("utf-8", "replace")

    async def run(self, block: Block, seconds: float = ENDED) -> tuple[float, str]:
        """Runs a block to its end. Returns its duration and what it printed. Raises if a command fails."""
        started = time.monotonic()
        process = await self._start(f"set -e\n{block.code}")
        async with asyncio.timeout(seconds):
            code = await process.wait()
        assert code == 0, f"{block.name} ended with {code}:\n{self.output[-3000:]}"
        return time.monotonic() - started, self.output

    async def begin(self, block: Block) -> float:
        """Starts a block that does not end. Returns after how many seconds it printed what it has to."""
        started = time.monotonic()
        process = await self._start(block.code)
        self.running.append(process)
        async with asyncio.timeout(READY):
            while block.argument not in self.output:
                assert process.returncode is None, f"{block.name} ended:\n{self.output[-3000:]}"
                await asyncio.sleep(0.1)
        return time.monotonic() - started

    async def _start(self, code: str) -> Process:
        with (self.folder / "output.log").open("wb") as sink:
            return await asyncio.create_subprocess_exec(
                *("bash", "-c", self.printed(code)),
                cwd=self.folder,
                env=self.environment,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=sink,
                stderr=STDOUT,
                start_new_session=True,
            )

    async def stop(self) -> None:
        """Stops what runs, as Ctrl-C does."""
        for process in reversed(self.running):
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGINT)
            async with asyncio.timeout(MINUTES):
                await process.wait()
        self.running.clear()


@asynccontextmanager
async def fresh_copy(folder: Path) -> AsyncIterator[FreshCopy]:
    """Copy the repository, and stop at the end what runs in the copy."""
    replaced = {
        address: address if not ports.accepts("127.0.0.1", int(port)) else f"127.0.0.1:{ports.free()}"
        for port, address in PRINTED.items()
    }
    assert ROOT not in folder.parents
    copy = FreshCopy(copied(folder), replaced)
    try:
        yield copy
    finally:
        await copy.stop()
