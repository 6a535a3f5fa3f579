"""Starts the processes that read files, a few at a time, and gives them up where they take too long."""

import asyncio
import contextlib
import sys
import tempfile
from asyncio.subprocess import DEVNULL
from pathlib import Path
from typing import BinaryIO

import structlog

from chat import child_process
from chat.files.errors import FileBroken, FilesUnavailable, FileTooLarge, FileTypeRefused
from chat.files.prepare.order import WALL_SECONDS, Answer, Order
from chat.settings import Settings

MAX_PROCESSES = 2
"""Processes of this API that read files at once; the others wait."""

TWO_READERS_BYTES = 2 << 30
"""Memory limit of a container from which on two processes fit next to an API: kubelets end the whole container, and not
only the process that takes most (`memory.oom.group`, Kubernetes 1.28)."""

MAX_PAGES = 1000

EXHAUSTED = (
    "The file takes more memory or time to read than it may have here. Save it in a simpler form, or send a part of it."
)
REFUSALS = {error.code: error for error in (FileBroken, FileTooLarge, FileTypeRefused)}

logger = structlog.get_logger(__name__)


class Preparing:
    """Reads files in processes of their own, so that a hostile one takes neither this process' memory nor its time."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._slots = asyncio.Semaphore(max_processes())

    async def read(self, file: BinaryIO, ending: str) -> Answer:
        """Returns what a file is, and what is stored of it besides. `file` has a descriptor of its own.

        Raises `FileBroken`, `FileTooLarge`, `FileTypeRefused`, or `FilesUnavailable` where no process can be started.
        """
        settings = self._settings
        order = Order(ending, settings.max_file_pixels, settings.max_file_text_chars, MAX_PAGES)
        async with self._slots:
            try:
                with tempfile.TemporaryFile() as target:
                    code = await _run(file, target, order)
                    answer = await asyncio.to_thread(_answer, target) if code == 0 else None
            except OSError as error:
                logger.error("file_not_prepared", error=type(error).__name__)
                raise FilesUnavailable from error
        if answer is None:
            logger.info("file_reader_died", exit_code=code)
            raise FileBroken(EXHAUSTED)
        if refusal := REFUSALS.get(answer.facts.get("code", "")):
            raise refusal(answer.facts["detail"] or None)
        return answer


def max_processes(groups: Path = Path("/sys/fs/cgroup"), own: Path = Path("/proc/self/cgroup")) -> int:
    """Returns how many processes may read files at once: one where the memory of this control group is small."""
    for group in (groups / _group(own), groups):
        with contextlib.suppress(OSError, ValueError):
            return 1 if int((group / "memory.max").read_text("ascii")) < TWO_READERS_BYTES else MAX_PROCESSES
    return MAX_PROCESSES


def _group(own: Path) -> str:
    """Returns the path of this process' control group in version 2 (cgroups(7)): `0::/path`."""
    with contextlib.suppress(OSError):
        for line in own.read_text("utf-8").splitlines():
            if line.startswith("0::/"):
                return line.removeprefix("0::/")
    return ""


async def _run(file: BinaryIO, target: BinaryIO, order: Order) -> int:
    """Runs the process. Returns its exit code; -1 where it took too long."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "chat.files.prepare", order.to_json()),
        stdin=file.fileno(),
        stdout=target.fileno(),
        stderr=DEVNULL,
        env=child_process.environment(),
        start_new_session=True,
    )
    try:
        async with asyncio.timeout(WALL_SECONDS):
            return await process.wait()
    except TimeoutError:
        return -1
    finally:
        await child_process.end(process)


def _answer(target: BinaryIO) -> Answer | None:
    """Reads the answer; None for one that is not whole."""
    target.seek(0)
    try:
        return Answer.read(target)
    except (ValueError, KeyError, TypeError, AttributeError):
        return None
