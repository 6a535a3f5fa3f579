"""Starts the product's processes: each as a new program, or inside `forking()` as forks of one that has imported it."""

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Protocol

from tests.support import privacy
from tests.support.repository import ROOT

WARNINGS = {"PYTHONWARNINGS": "error"}
"""The settings of Python that forked processes share. A process with other ones is started as a new program."""

PROGRAM = Path(__file__).with_name("process_forks.py")

_forks: "defaultdict[Path, Forks] | None" = None
"""The processes that fork others, by the folder of the code that they have imported."""


class Process(Protocol):
    """A process that was started: what `asyncio.subprocess.Process` and `Fork` have in common."""

    @property
    def pid(self) -> int: ...
    @property
    def returncode(self) -> int | None: ...
    async def wait(self) -> int: ...
    def send_signal(self, signal: int, /) -> None: ...
    def terminate(self) -> None: ...
    def kill(self) -> None: ...


class BlockingProcess(Protocol):
    """A process whose end is waited for without an event loop."""

    @property
    def pid(self) -> int: ...
    @property
    def returncode(self) -> int | Any: ...
    def wait(self) -> int: ...
    def send_signal(self, signal: int, /) -> None: ...
    def kill(self) -> None: ...


async def start(module: str, env: Mapping[str, str], log: Path, code: Path = ROOT) -> Process:
    """Start `python -m <module>` of the code in the folder of the log, which has no `.env`."""
    privacy.written.add(log)
    env = {**env, "PYTHONPATH": str(code), "WEB_DIR": env.get("WEB_DIR", str(ROOT / "web" / "dist"))}
    with log.open("ab") as sink:
        if _forks is not None and _can_fork(env, code):
            return _forks[code].start(module, env, log.parent, sink.fileno())
        command = (sys.executable, "-m", module)
        return await asyncio.create_subprocess_exec(*command, env=env, cwd=log.parent, stdout=sink, stderr=sink)


def _can_fork(env: Mapping[str, str], code: Path) -> bool:
    """Whether this is Linux and nothing in the environment takes effect at the start of Python, or before.

    A process that has imported network libraries cannot be forked safely on macOS.
    """
    settings = {name: value for name, value in env.items() if name.startswith(("PYTHON", "COVERAGE", "LD_"))}
    return sys.platform == "linux" and settings == {**WARNINGS, "PYTHONPATH": str(code)}


def start_blocking(module: str, env: Mapping[str, str], folder: Path, output: int) -> BlockingProcess:
    """Start `python -m <module>` in the folder, for a caller without an event loop. `output`: a file descriptor."""
    others = {name: value for name, value in env.items() if not name.startswith("PYTHON")}
    env = {**others, **WARNINGS, "PYTHONPATH": str(ROOT)}
    if _forks is not None and _can_fork(env, ROOT):
        return BlockingFork(*_forks[ROOT].fork(module, env, folder, output))
    return subprocess.Popen([sys.executable, "-m", module], env=env, cwd=folder, stdout=output, stderr=output)


@contextmanager
def forking() -> Iterator[None]:
    """Fork the processes that are started inside the block. They must end before the block does."""
    global _forks  # one for this process, as its children are
    _forks = defaultdict(Forks)
    try:
        yield
    finally:
        for each in _forks.values():
            each.close()
        _forks = None


class Forks:
    """The process that forks others. It starts with the first of them."""

    def __init__(self) -> None:
        self._requests, self._theirs = socket.socketpair()
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, module: str, env: Mapping[str, str], folder: Path, log: int) -> "Fork":
        return Fork(*self.fork(module, env, folder, log))

    def fork(self, module: str, env: Mapping[str, str], folder: Path, log: int) -> tuple[int, int]:
        """Returns the process ID, and the file descriptor of the pipe for the exit status."""
        if self._process is None:
            self._process = self._start_server(env)
        status, writing = os.pipe()
        request = json.dumps({"module": module, "env": env, "folder": str(folder)}).encode()
        response = b""
        with suppress(ConnectionError):
            socket.send_fds(self._requests, [request], [log, writing])
            response = self._requests.recv(20)
        os.close(writing)
        if not response:
            os.close(status)
            raise AssertionError(f"the process that forks others has ended with {self._process.wait()}")
        return int(response), status

    def _start_server(self, env: Mapping[str, str]) -> subprocess.Popen[bytes]:
        with self._theirs as theirs:
            command = [sys.executable, "-P", str(PROGRAM), str(theirs.fileno())]  # -P: imports nothing of its folder
            shared = {**os.environ, **WARNINGS, "PYTHONPATH": env["PYTHONPATH"]}
            return subprocess.Popen(command, env=shared, cwd=ROOT, pass_fds=[theirs.fileno()])

    def close(self) -> None:
        self._requests.close()
        self._theirs.close()
        if self._process:
            self._process.wait()


class Fork:
    """A forked process. `returncode` is the negative number of the signal that ended it, as in `subprocess`."""

    def __init__(self, pid: int, status: int) -> None:
        self.pid = pid
        self.returncode: int | None = None
        self._status = status
        self._ended = asyncio.Event()
        asyncio.get_running_loop().add_reader(status, self._end)

    def _end(self) -> None:
        asyncio.get_running_loop().remove_reader(self._status)
        if report := os.read(self._status, 20):
            self.returncode = int(report)
        os.close(self._status)
        self._ended.set()

    async def wait(self) -> int:
        await self._ended.wait()
        assert self.returncode is not None, "the process that forks others has ended"
        return self.returncode

    def send_signal(self, signal: int, /) -> None:
        """Send a signal. Raises ProcessLookupError if the process has ended, as asyncio's processes do."""
        if self.returncode is not None:
            raise ProcessLookupError
        os.kill(self.pid, signal)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


class BlockingFork:
    """A forked process, as `Fork`, for callers without an event loop."""

    def __init__(self, pid: int, status: int) -> None:
        self.pid = pid
        self.returncode: int | None = None
        self._status = status

    def wait(self) -> int:
        if self.returncode is None:
            with os.fdopen(self._status) as pipe:
                self.returncode = int(pipe.read())
        return self.returncode

    def send_signal(self, signal: int, /) -> None:
        """Send a signal. A process that has ended gets none, as with `subprocess.Popen`."""
        if self.returncode is None:
            with suppress(ProcessLookupError):
                os.kill(self.pid, signal)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)
