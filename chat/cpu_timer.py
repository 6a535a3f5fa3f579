"""Ends this process if it computes for too long without renewing a timer of the kernel.

No thread of Python runs while native code, such as a regular expression, holds the interpreter's lock. So the kernel
counts: only CPU time of this process, not the time in which it waits or is frozen.
"""

import ctypes
import faulthandler
import signal
from threading import Lock

EXIT_CODE = int(signal.SIGPROF)
"""Exit code of a process that its timer ended: the number of the timer's signal."""

STDERR = 2


class CpuTimer:
    """Must be renewed before this process has used so many seconds of CPU time; 0 means no limit.

    When it expires, the stacks of all threads are written to standard error (files and lines, no values), and the
    process exits with `EXIT_CODE`.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._lock = Lock()
        self._is_running = False

    def start(self) -> None:
        """Starts the timer."""
        if not self._seconds:
            return
        _exit_at_signal()
        faulthandler.register(signal.SIGPROF, STDERR, all_threads=True, chain=True)
        self._is_running = True
        self.renew()

    def renew(self) -> None:
        """Starts the time anew. Does nothing if the timer is stopped."""
        with self._lock:
            if self._is_running:
                signal.setitimer(signal.ITIMER_PROF, self._seconds)

    def stop(self) -> None:
        """Stops the timer for good."""
        with self._lock:
            if self._is_running:
                self._is_running = False
                signal.setitimer(signal.ITIMER_PROF, 0)
                faulthandler.unregister(signal.SIGPROF)


def _exit_at_signal() -> None:
    """Makes libc's `_exit` the signal's handler, to which faulthandler passes the signal on.

    The signal's own default would end any process but the first one of a container, which ignores it.
    """
    libc = ctypes.CDLL(None)
    libc.signal.argtypes, libc.signal.restype = [ctypes.c_int, ctypes.c_void_p], ctypes.c_void_p
    libc.signal(signal.SIGPROF, ctypes.cast(libc._exit, ctypes.c_void_p))
