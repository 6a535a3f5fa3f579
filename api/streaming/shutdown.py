"""The request to exit, passed from the server to the streams."""

import asyncio


class ShutdownSignal:
    """Set when this process is asked to exit: streams must end first, because uvicorn waits for its connections."""

    def __init__(self) -> None:
        self.is_set = False
        self._event = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None

    def set(self) -> None:
        """Sets the signal for good. May be called by a signal handler, between any two steps of the event loop."""
        self.is_set = True
        if self._loop:
            self._loop.call_soon_threadsafe(self._event.set)

    async def wait(self) -> None:
        """Waits until the signal is set."""
        self._loop = asyncio.get_running_loop()
        if not self.is_set:
            await self._event.wait()
