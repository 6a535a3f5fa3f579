"""Runs the process that reads a file, and measures it."""

import subprocess
import sys
import tempfile
from typing import NamedTuple

from chat.files.prepare.order import WALL_SECONDS, Answer, Order
from tests.support.repository import ROOT

RUN = """
import runpy, sys
try:
    runpy.run_module("chat.files.prepare", run_name="__main__", alter_sys=False)
finally:
    status = dict(line.split(":", 1) for line in open("/proc/self/status"))
    print(status["VmHWM"].split()[0], file=sys.stderr)
"""
"""Reports the most memory that the process has used, in kilobytes."""


class Reading(NamedTuple):
    """`code`: the exit code. `kilobytes`: the most memory, 0 where the process was killed."""

    code: int
    answer: Answer | None
    kilobytes: int

    @property
    def outcome(self) -> str:
        """The code of a refusal, or the kind of the file; a process that died is what the API calls broken."""
        if self.answer is None:
            return "file_broken"
        return str(self.answer.facts.get("code") or self.answer.facts["kind"])


def read(content: bytes, ending: str = "", **limits: int) -> Reading:
    """Reads a file of this content with the limits of the settings, or others."""
    order = Order(ending, **{"max_pixels": 50_000_000, "max_chars": 100_000, "max_pages": 1000, **limits})
    with tempfile.TemporaryFile() as file, tempfile.TemporaryFile() as target:
        file.write(content)
        file.flush()
        ended = subprocess.run(
            [sys.executable, "-c", RUN, order.to_json()],
            stdin=file,
            stdout=target,
            stderr=subprocess.PIPE,
            cwd=ROOT,
            timeout=2 * WALL_SECONDS,
            check=False,
        )
        target.seek(0)
        answer = Answer.read(target) if ended.returncode == 0 else None
    reported = ended.stderr.split()
    return Reading(ended.returncode, answer, int(reported[-1]) if reported and reported[-1].isdigit() else 0)
