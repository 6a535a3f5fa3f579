"""Starts the product's processes: each as a new program, or inside `forking()` as forks of one that has imported it."""

import asyncio
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

from tests.support import privacy
from tests.support.forks import WARNINGS, BlockingFork, Forks
from tests.support.repository import ROOT

_forks: "dict[Path, Forks] | None" = None
"""The connections to processes that fork others, by the folder of the code that these have imported."""


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
            return _forks.setdefault(code, Forks(code)).start(module, env, log.parent, sink.fileno())
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
        return BlockingFork(*_forks.setdefault(ROOT, Forks(ROOT)).fork(module, env, folder, output))
    return subprocess.Popen([sys.executable, "-m", module], env=env, cwd=folder, stdout=output, stderr=output)


@contextmanager
def forking() -> Iterator[None]:
    """Fork the processes that are started inside the block. They must end before the block does."""
    global _forks  # one for this process, as its children are
    _forks = {}
    try:
        yield
    finally:
        left = [pid for each in _forks.values() for pid in each.close()]
        _forks = None
    assert not left, f"forked processes were still running: {left}"
