"""Forks processes from one that has imported the product: the pytest processes of a run share it."""

import asyncio
import json
import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from tests.support.repository import ROOT

WARNINGS = {"PYTHONWARNINGS": "error"}
"""The settings of Python that forked processes share. A process with other ones is started as a new program."""

PROGRAM = Path(__file__).with_name("process_forks.py")

SHARED = "HOLDFAST_TEST_FORKS"
"""The environment variable with the socket of the process that forks others for all pytest processes of a run."""

LEAVING_SECONDS = 60.0
"""How long processes may take to end after the last test; generous because the machine may be busy."""


class ForkServer:
    """The process that forks others. It imports the product when the first of them is asked for."""

    def __init__(self, code: Path = ROOT) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="forks-")
        self.socket = f"{self._folder.name}/socket"
        with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as listener:
            listener.bind(self.socket)
            listener.listen()
            command = [sys.executable, "-P", str(PROGRAM), str(listener.fileno())]  # -P: imports nothing of its folder
            env = {**os.environ, **WARNINGS, "PYTHONPATH": str(code)}
            files = [listener.fileno()]
            self.process = subprocess.Popen(command, env=env, cwd=ROOT, stdin=subprocess.PIPE, pass_fds=files)

    def close(self) -> None:
        self.process.communicate()
        self._folder.cleanup()


@contextmanager
def shared_forks() -> Iterator[None]:
    """Start the process that forks others for this process and all that inherit its environment inside the block."""
    if sys.platform != "linux":
        yield
        return
    server = ForkServer()
    os.environ[SHARED] = server.socket
    try:
        yield
    finally:
        del os.environ[SHARED]
        server.close()


class Forks:
    """A connection to the process that forks others: the shared one, or one of its own that the first fork starts."""

    def __init__(self, code: Path) -> None:
        self._code = code
        self._server: ForkServer | None = None
        self._requests: socket.socket | None = None
        self._running: dict[int, int] = {}

    def start(self, module: str, env: Mapping[str, str], folder: Path, log: int) -> "Fork":
        return Fork(*self.fork(module, env, folder, log))

    def fork(self, module: str, env: Mapping[str, str], folder: Path, log: int) -> tuple[int, int]:
        """Returns the process ID, and the file descriptor of the pipe for the exit status."""
        status, writing = os.pipe()
        request = json.dumps({"module": module, "env": env, "folder": str(folder)}).encode()
        try:
            response = self._response(request, [log, writing])
            assert response, "the process that forks others has ended"
        except BaseException:
            os.close(status)
            raise
        finally:
            os.close(writing)
        self._left(0)
        self._running[os.dup(status)] = int(response)
        return int(response), status

    def _response(self, request: bytes, files: list[int]) -> bytes:
        """Returns the response, which is empty if the process has ended. An interrupted request ends the connection."""
        try:
            requests = self._connected()
            socket.send_fds(requests, [request], files)
            return requests.recv(20)
        except ConnectionError:
            return b""
        except BaseException:
            if self._requests:
                self._requests.close()
                self._requests = None
            raise

    def _connected(self) -> socket.socket:
        if self._requests is None:
            path = os.environ.get(SHARED) if self._code == ROOT else None
            if path is None:
                self._server = ForkServer(self._code)
                path = self._server.socket
            requests = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            requests.connect(path)
            self._requests = requests
        return self._requests

    def _left(self, seconds: float) -> list[int]:
        """Returns the IDs of the processes that have not ended after so many seconds."""
        until = time.monotonic() + seconds
        for status in list(self._running):
            ends = select.poll()
            ends.register(status, select.POLLIN)
            if ends.poll(1000 * max(0.0, until - time.monotonic())):
                os.close(status)
                del self._running[status]
        return list(self._running.values())

    def close(self, seconds: float = LEAVING_SECONDS) -> list[int]:
        """Returns the IDs of the processes that do not end within so many seconds, and has them killed."""
        left = self._left(seconds)
        for status in self._running:
            os.close(status)
        if self._requests:
            self._requests.close()
        if self._server:
            self._server.close()
        return left


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
