"""Supervises the children: restarts one that ends, gives up after repeated quick ends, stops all in order."""

import asyncio
import contextlib
import subprocess
import sys
import time
from types import TracebackType
from typing import Self, TextIO

from launcher.console import Problem, say, tail
from launcher.processes import Child, Service, reason

TRIES = 4
CALM_SECONDS = 30.0
START_SECONDS = 3.0


class Backoff:
    """Computes the pause before a restart: 0.5 s, doubled each time. Gives up after `TRIES` quick ends in a row."""

    def __init__(self) -> None:
        self.quick_ends = 0

    def pause(self, ran: float) -> float | None:
        """Returns the seconds to wait after a process that ran for `ran` seconds; None to give up."""
        self.quick_ends = 1 if ran >= CALM_SECONDS else self.quick_ends + 1
        return None if self.quick_ends > TRIES else 0.5 * 2.0 ** (self.quick_ends - 1)


class Supervisor:
    """Runs the children of one launcher, in the order of their start.

    The guard inherits `lock_file`, so that the folder stays locked until the children of a killed launcher have ended.
    """

    def __init__(self, lock_file: TextIO | None = None) -> None:
        self.children: list[Child] = []
        self.watchers: list[asyncio.Task[None]] = []
        self.failure: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.guard = subprocess.Popen(
            [sys.executable, "-m", "launcher.guard"],
            stdin=subprocess.PIPE,
            start_new_session=True,
            pass_fds=[lock_file.fileno()] if lock_file else (),
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()
        assert self.guard.stdin is not None
        with contextlib.suppress(OSError):
            self.guard.stdin.close()
        await asyncio.to_thread(self.guard.wait)

    async def start(self, service: Service) -> None:
        """Starts a service and restarts it when it ends. Sets `Problem` on `failure` when it gives up."""
        child = Child(service)
        await self._start(child)
        self.children.append(child)
        self.watchers.append(asyncio.create_task(self._watch(child)))

    async def _start(self, child: Child) -> None:
        pid = await child.start()
        self._send_to_guard(f"+{pid}")

    def _send_to_guard(self, line: str) -> None:
        assert self.guard.stdin is not None
        with contextlib.suppress(OSError):
            self.guard.stdin.write(f"{line}\n".encode())
            self.guard.stdin.flush()

    async def _watch(self, child: Child) -> None:
        backoff = Backoff()
        name = child.service.name
        while True:
            code = await child.ended()
            self._unregister(child)
            pause = 0.0 if child.killed_on_request else backoff.pause(time.monotonic() - child.started)
            if pause is None:
                return self._give_up(child, code)
            say(f"{name} ended ({reason(code)}); it starts again in {pause:g} s.")
            child.killed_on_request = False
            await asyncio.sleep(pause)
            try:
                await self._start(child)
            except OSError as error:
                return self._fail(f"{name} cannot be started ({error}): run `make setup` again.")

    async def kill_on_request(self, name: str) -> bool:
        """Kills the service with SIGKILL, and waits for its end. Returns False if it did not run for 3 s yet.

        It starts again at once, and such an end does not count as a quick one.
        """
        for child in self.children:
            if child.service.name == name and child.running and time.monotonic() - child.started >= START_SECONDS:
                child.killed_on_request = True
                child.kill()
                await child.ended()
                return True
        return False

    def _unregister(self, child: Child) -> None:
        if child.process is not None:
            self._send_to_guard(f"-{child.process.pid}")

    def _give_up(self, child: Child, code: int) -> None:
        log = child.service.log
        where = f"The end of {log}:\n{tail(log)}" if log else "Its lines above show why."
        text = f"{child.service.name} ended {TRIES + 1} times soon after its start ({reason(code)}). {where}"
        self._fail(text)

    def _fail(self, text: str) -> None:
        if not self.failure.done():
            self.failure.set_exception(Problem(text))

    async def stop(self) -> None:
        """Stops all children, the newest first."""
        for watcher in self.watchers:
            watcher.cancel()
        await asyncio.gather(*self.watchers, return_exceptions=True)
        for child in reversed(self.children):
            await child.stop()
            self._unregister(child)

    def kill(self) -> None:
        """Kills all children."""
        for child in self.children:
            child.kill()
