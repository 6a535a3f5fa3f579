"""The request to exit, passed between the server and what runs in it."""

import asyncio
import signal
from collections.abc import Callable


class ShutdownSignal:
    """Set when this process is asked to exit: streams must end first, because uvicorn waits for its connections.

    `on_failure` ends the server if the process has to exit because of a fault in it, then with `exit_code`.
    """

    def __init__(self) -> None:
        self.is_set = False
        self.exit_code = 0
        self.on_failure: Callable[[], object] = _end_process
        self._event = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None

    def set(self) -> None:
        """Sets the signal for good. May be called by a signal handler, between any two steps of the event loop."""
        self.is_set = True
        if self._loop:
            self._loop.call_soon_threadsafe(self._event.set)

    def fail(self, exit_code: int) -> None:
        """Ends this process in order, because of a fault in it. Its supervisor starts it again."""
        self.exit_code = exit_code
        self.on_failure()

    async def wait(self) -> None:
        """Waits until the signal is set."""
        self._loop = asyncio.get_running_loop()
        if not self.is_set:
            await self._event.wait()


def _end_process() -> None:
    signal.raise_signal(signal.SIGTERM)
