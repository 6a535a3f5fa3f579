"""Keeps the children running: restarts one that dies, gives up on one that cannot stay, stops all in order."""

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


class Backoff:
    """Pauses before restarts: 0.5 s, doubled each time; after `TRIES` quick deaths in a row there is none."""

    def __init__(self) -> None:
        self.deaths = 0

    def pause(self, lived: float) -> float | None:
        """Seconds to wait after a process that lived for `lived` seconds; None to give up."""
        self.deaths = 1 if lived >= CALM_SECONDS else self.deaths + 1
        return None if self.deaths > TRIES else 0.5 * 2.0 ** (self.deaths - 1)


class Supervisor:
    """The children of one launcher, in the order of their start.

    `held` is a file that the guard keeps open until it is done, so that the lock outlives a killed launcher.
    """

    def __init__(self, held: TextIO | None = None) -> None:
        self.children: list[Child] = []
        self.keepers: list[asyncio.Task[None]] = []
        self.broken: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.guard = subprocess.Popen(
            [sys.executable, "-m", "launcher.guard"],
            stdin=subprocess.PIPE,
            start_new_session=True,
            pass_fds=[held.fileno()] if held else (),
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
        """Start a service and keep it running. `broken` fails with `Problem` once that is hopeless."""
        child = Child(service)
        await self._start(child)
        self.children.append(child)
        self.keepers.append(asyncio.create_task(self._keep(child)))

    async def _start(self, child: Child) -> None:
        pid = await child.start()
        self._tell(f"+{pid}")

    def _tell(self, line: str) -> None:
        assert self.guard.stdin is not None
        with contextlib.suppress(OSError):
            self.guard.stdin.write(f"{line}\n".encode())
            self.guard.stdin.flush()

    async def _keep(self, child: Child) -> None:
        backoff = Backoff()
        name = child.service.name
        while True:
            code = await child.ended()
            self._forget(child)
            pause = backoff.pause(time.monotonic() - child.started)
            if pause is None:
                return self._give_up(child, code)
            say(f"{name} ended ({reason(code)}); it starts again in {pause:g} s.")
            await asyncio.sleep(pause)
            try:
                await self._start(child)
            except OSError as error:
                return self._fail(f"{name} cannot be started ({error}): run `make setup` again.")

    def _forget(self, child: Child) -> None:
        if child.process is not None:
            self._tell(f"-{child.process.pid}")

    def _give_up(self, child: Child, code: int) -> None:
        log = child.service.log
        where = f"The end of {log}:\n{tail(log)}" if log else "Its lines above say why."
        text = f"{child.service.name} ended {TRIES + 1} times soon after its start ({reason(code)}). {where}"
        self._fail(text)

    def _fail(self, text: str) -> None:
        if not self.broken.done():
            self.broken.set_exception(Problem(text))

    async def stop(self) -> None:
        """Stop all children, the latest first."""
        for keeper in self.keepers:
            keeper.cancel()
        await asyncio.gather(*self.keepers, return_exceptions=True)
        for child in reversed(self.children):
            await child.stop()
            self._forget(child)

    def kill(self) -> None:
        """End all children at once."""
        for child in self.children:
            child.kill()
