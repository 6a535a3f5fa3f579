"""Runs the process that reads a file, and measures it."""

import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from chat.files.prepare.order import WALL_SECONDS, Answer, Order
from tests.support.repository import ROOT

PROGRAM = Path(__file__).with_name("reader_forks.py")


class Reading(NamedTuple):
    """`code`: the exit code. `kilobytes`: the most memory that the process has used."""

    code: int
    answer: Answer | None
    kilobytes: int

    @property
    def outcome(self) -> str:
        """The code of a refusal, or the kind of the file; a process that died is what the API calls broken."""
        if self.answer is None:
            return "file_broken"
        return str(self.answer.facts.get("code") or self.answer.facts["kind"])


class Reader:
    """Reads files, each in a process of its own that is a fork of one which has imported the libraries."""

    def __init__(self, requests: socket.socket) -> None:
        self._requests = requests

    def read(self, content: bytes, ending: str = "", **limits: int) -> Reading:
        """Reads a file of this content with the limits of the settings, or others."""
        order = Order(ending, **{"max_pixels": 50_000_000, "max_chars": 100_000, "max_pages": 1000, **limits})
        with tempfile.TemporaryFile() as file, tempfile.TemporaryFile() as target:
            file.write(content)
            file.flush()
            socket.send_fds(self._requests, [order.to_json().encode()], [file.fileno(), target.fileno()])
            code, kilobytes = (int(part) for part in self._requests.recv(100).split())
            target.seek(0)
            return Reading(code, Answer.read(target) if code == 0 else None, kilobytes)


@contextmanager
def file_reader() -> Iterator[Reader]:
    """Starts the process that forks a reader for each file, and ends it."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        ours.settimeout(2 * WALL_SECONDS)
        command = [sys.executable, "-P", str(PROGRAM), str(theirs.fileno())]
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        with subprocess.Popen(command, env=environment, pass_fds=[theirs.fileno()]) as process:
            theirs.close()
            try:
                yield Reader(ours)
            finally:
                process.kill()
