"""One child process: started in its own session, its output led to the terminal or a log, stopped in time."""

import asyncio
import contextlib
import os
import signal
import time
from asyncio.subprocess import DEVNULL, PIPE, STDOUT, Process
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from launcher.console import prefix, say

LINE_LIMIT = 1 << 20


@dataclass(frozen=True)
class Service:
    """What to run. `log` takes the output, or the terminal where it is None; `grace` is SIGTERM's time, in seconds."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    log: Path | None = None
    grace: float = 10


class Child:
    """A service's process. Its own session keeps the terminal's Ctrl-C from it, so that it is stopped in order."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self.process: Process | None = None
        self.printer: asyncio.Task[None] | None = None
        self.started = 0.0

    async def start(self) -> int:
        """Start it; its process id."""
        with contextlib.ExitStack() as files:
            log = self.service.log
            sink = files.enter_context(log.open("ab")) if log else PIPE
            self.process = await asyncio.create_subprocess_exec(
                *self.service.command,
                env=self.service.environment,
                stdin=DEVNULL,
                stdout=sink,
                stderr=STDOUT,
                start_new_session=True,
                limit=LINE_LIMIT,
            )
        self.started = time.monotonic()
        if self.process.stdout:
            self.printer = asyncio.create_task(echo(self.service.name, self.process.stdout))
        return self.process.pid

    async def ended(self) -> int:
        """Wait for its end, and for the last of its output; its exit code, negative for a signal."""
        assert self.process is not None
        code = await self.process.wait()
        if self.printer:
            await asyncio.wait([self.printer], timeout=1)  # a grandchild may hold the pipe open
        return code

    async def stop(self) -> None:
        """Ask it to end, by force after its grace."""
        if self.process is None or self.process.returncode is not None:
            return
        with contextlib.suppress(ProcessLookupError):
            self.process.terminate()
        try:
            await asyncio.wait_for(self.ended(), self.service.grace)
        except TimeoutError:
            say(f"{self.service.name} did not stop within {self.service.grace:g} s and is killed.")
            self.kill()
            await self.ended()

    def kill(self) -> None:
        """End it and all that it started, at once."""
        if self.process is not None and self.process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)


async def echo(name: str, output: asyncio.StreamReader) -> None:
    """Write each line of a child to the terminal, under its name."""
    start = prefix(name)
    while True:
        try:
            line = await output.readline()
        except ValueError:
            continue  # a line beyond the limit is dropped
        if not line:
            return
        say(start + line.decode("utf-8", "replace").rstrip())


def reason(code: int) -> str:
    """How a process ended, for people."""
    if code >= 0:
        return f"exit code {code}"
    try:
        return f"killed by {signal.Signals(-code).name}"
    except ValueError:
        return f"killed by signal {-code}"
