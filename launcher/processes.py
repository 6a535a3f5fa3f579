"""Runs one child process in a session of its own, and sends its output to the terminal or a log."""

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
    """A program to run. Its output goes to `log`, or to the terminal if None. `grace`: seconds before a kill."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    log: Path | None = None
    grace: float = 10


class Child:
    """The process of a service. It has its own session, so that Ctrl-C does not reach it and it is stopped in order."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self.process: Process | None = None
        self.printer: asyncio.Task[None] | None = None
        self.started = 0.0
        self.killed_on_request = False

    @property
    def running(self) -> bool:
        return self.process is not None and self.process.returncode is None

    async def start(self) -> int:
        """Starts the process. Returns its id."""
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
        """Waits for the process and its last output to end. Returns its exit code, negative for a signal."""
        assert self.process is not None
        code = await self.process.wait()
        if self.printer:
            await asyncio.wait([self.printer], timeout=1)  # a grandchild may hold the pipe open
        return code

    async def stop(self) -> None:
        """Sends SIGTERM, and SIGKILL if the process runs longer than its grace."""
        if self.process is None or not self.running:
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
        """Kills the process and its process group."""
        if self.process is not None and self.running:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)


async def echo(name: str, output: asyncio.StreamReader) -> None:
    """Writes each output line of a child to the terminal, after its name."""
    start = prefix(name)
    while True:
        try:
            line = await output.readline()
        except ValueError:
            continue  # drops a line longer than LINE_LIMIT
        if not line:
            return
        say(start + line.decode("utf-8", "replace").rstrip())


def reason(code: int) -> str:
    """Describes an exit code."""
    if code >= 0:
        return f"exit code {code}"
    try:
        return f"killed by {signal.Signals(-code).name}"
    except ValueError:
        return f"killed by signal {-code}"
