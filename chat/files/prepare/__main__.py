"""Reads the file on standard input, and writes the answer to standard output, which is a file as well.

The argument is the order as JSON. Exits with 0 after an answer, a refusal included. Every other end means that the file
needs more memory or time than it may have, or that a library has crashed on it.
"""

import contextlib
import ctypes
import os
import resource
import signal
import sys
from typing import BinaryIO

from chat.files.prepare import signatures
from chat.files.prepare.order import ANSWER_BYTES, CPU_SECONDS, MEMORY_BYTES, Answer, Order, Refused

NICENESS = 10
OPEN_FILES = 64

PR_SET_PDEATHSIG, PR_SET_NO_NEW_PRIVS = 1, 38
"""prctl(2): the signal that the kernel sends when the parent ends; that no program may raise its rights."""


def main() -> int:
    """Reads the file within limits. Returns the exit code."""
    _limit()
    order = Order.from_json(sys.argv[1])
    with os.fdopen(0, "rb") as file, os.fdopen(1, "wb") as target:
        try:
            answer = _read(file, order)
        except Refused as refusal:
            answer = Answer({"code": refusal.code, "detail": refusal.detail}, {})
        except MemoryError:
            return 1
        answer.write(target)
    return 0


def _read(file: BinaryIO, order: Order) -> Answer:
    file.seek(0)
    found = signatures.find(file.read(signatures.HEAD_BYTES))
    file.seek(0)
    # Each is imported only where it is needed: the libraries take most of the process' time.
    if found and found.format:
        from chat.files.prepare import pictures

        return pictures.read(file, found, order)
    if found in (signatures.PDF, signatures.DOCX):
        from chat.files.prepare import documents

        return (documents.read_pdf if found == signatures.PDF else documents.read_docx)(file, order)
    from chat.files.prepare import texts

    return texts.read(file, order)


def _limit() -> None:
    """Limits this process, so that no file can take the memory or the time of others."""
    with contextlib.suppress(OSError):
        os.nice(NICENESS)
    limits = {
        resource.RLIMIT_CPU: (CPU_SECONDS, CPU_SECONDS + 2),
        resource.RLIMIT_FSIZE: (ANSWER_BYTES, ANSWER_BYTES),
        resource.RLIMIT_NOFILE: (OPEN_FILES, OPEN_FILES),
        resource.RLIMIT_CORE: (0, 0),
        resource.RLIMIT_AS: (MEMORY_BYTES, MEMORY_BYTES),
    }
    for name, value in limits.items():
        with contextlib.suppress(ValueError, OSError):  # macOS knows no limit of the address space
            resource.setrlimit(name, value)
    if sys.platform == "linux":
        libc = ctypes.CDLL(None)
        libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
        with contextlib.suppress(OSError), open("/proc/self/oom_score_adj", "w", encoding="ascii") as score:
            score.write("1000")  # where a container's memory is used up, the kernel ends this process


if __name__ == "__main__":
    sys.exit(main())
