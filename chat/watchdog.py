"""Ends a process that hangs, so that its supervisor starts it again.

Threads watch signs of life: that the event loop answers, and others that a process adds. If one is missing for too
long, the watchdog logs it, asks the process to stop in order, and ends it if it does not.
"""

import asyncio
import contextlib
import os
import sys
import threading
import traceback
from collections.abc import Callable
from contextvars import copy_context
from dataclasses import dataclass
from functools import partial
from time import monotonic, sleep
from types import TracebackType
from typing import Self

import structlog

from chat.cpu_timer import CpuTimer

HUNG = 70
"""Exit code of a process that the watchdog ended: EX_SOFTWARE of sysexits.h."""

TICK_SECONDS = 1.0
"""Interval between two looks at a sign of life."""

ANSWER_SECONDS = 2.0
"""How long the event loop may take to begin an orderly stop. A blocked one does not begin it."""

ORDERLY_SECONDS = 30.0
"""How long an orderly stop may take, with handing turns back and closing streams."""

LOG_SECONDS = 2.0
"""How long logging may take: what blocks the process may be the log itself."""

logger = structlog.get_logger(__name__)


def _nothing(*_: object) -> None:
    pass


def _never() -> bool:
    return False


@dataclass(frozen=True)
class Sign:
    """A sign of life: `read` returns a value that changes while all is well.

    `event`: what is logged if it has not changed for `limit` seconds; with a limit of 0 it never is. `is_excused`:
    whether something else is the cause, asked from a third of the limit on; then the time begins anew. `on_tick` is
    called before each look. Both run in the thread that watches this sign.
    """

    event: str
    limit: float
    read: Callable[[], object]
    is_excused: Callable[[], bool] = _never
    on_tick: Callable[[], object] = _nothing


class Silence:
    """Counts for how many seconds a sign of life has not changed while this process was running.

    A late look counts as two intervals at most: then the whole process was frozen, or its machine was asleep.
    """

    def __init__(self, sign: Sign) -> None:
        self._sign = sign
        self._last = sign.read()
        self.seconds = 0.0

    def count(self, passed: float) -> float:
        """Looks at the sign, `passed` seconds after the last look. Returns the seconds of silence."""
        value = self._sign.read()
        self.seconds = self.seconds + min(passed, 2 * TICK_SECONDS) if value == self._last else 0.0
        self._last = value
        if self.seconds > self._sign.limit / 3 and self._sign.is_excused():
            self.seconds = 0.0
        return self.seconds


class Watchdog:
    """Watches the event loop in which it is created, inside a `with` block; `watch` adds other signs.

    `limit`: seconds; 0 ends no process. `stop` is called in the event loop and begins an orderly stop, after which the
    process should exit with `HUNG`. `on_lag` gets the seconds in which the event loop answered, once a second.
    """

    def __init__(self, limit: float, stop: Callable[[], object], on_lag: Callable[[float], object] = _nothing) -> None:
        self.limit = limit
        self.has_fired = False
        self.answered_at = monotonic()
        self._asked_at: float | None = None
        self._stop = stop
        self._on_lag = on_lag
        self._timer = CpuTimer(limit)
        self._loop = asyncio.get_running_loop()
        self._loop_thread = threading.get_ident()
        self._once = threading.Lock()
        self._closed = threading.Event()
        self._stopping = threading.Event()

    def __enter__(self) -> Self:
        self._timer.start()
        self.watch(Sign("loop_blocked", self.limit, lambda: self.answered_at, on_tick=self._ask_loop))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._closed.set()
        self._timer.stop()

    def watch(self, sign: Sign) -> None:
        """Watches another sign of life, in a thread of its own, until the block ends."""
        run = partial(copy_context().run, self._run, sign)  # the context has the names for the log
        threading.Thread(target=run, name=f"watchdog {sign.event}", daemon=True).start()

    def _run(self, sign: Sign) -> None:
        silence, before = Silence(sign), monotonic()
        while not self._closed.wait(TICK_SECONDS):
            now = monotonic()
            try:
                sign.on_tick()
                if 0 < sign.limit <= silence.count(now - before):
                    return self._end(sign, silence.seconds)
            except Exception:  # it must go on watching
                logger.exception("watchdog_broke")
            before = now

    def _ask_loop(self) -> None:
        self._timer.renew()
        if self._asked_at is None:
            self._asked_at = monotonic()
            self._loop.call_soon_threadsafe(self._answer)

    def _answer(self) -> None:
        self.answered_at = monotonic()
        if self._asked_at is not None:
            self._on_lag(self.answered_at - self._asked_at)
        self._asked_at = None

    def _end(self, sign: Sign, seconds: float) -> None:
        """Ends the process: in order if its event loop runs, otherwise at once."""
        if not self._once.acquire(blocking=False):
            return
        self.has_fired = True
        self._timer.stop()
        try:
            _log(sign.event, seconds=round(seconds), stack=stack_of(self._loop_thread))
            self._ask_to_stop()
        finally:
            os._exit(HUNG)

    def _ask_to_stop(self) -> None:
        """Asks for an orderly stop, which ends the process; returns if it does not."""
        with contextlib.suppress(RuntimeError):  # the event loop has just been closed
            self._loop.call_soon_threadsafe(self._begin_stop)
        if self._stopping.wait(ANSWER_SECONDS):
            sleep(ORDERLY_SECONDS)
            _log("orderly_stop_hangs", stack=stack_of(self._loop_thread))

    def _begin_stop(self) -> None:
        self._stopping.set()
        self._stop()


def stack_of(thread: int) -> str:
    """Returns a thread's stack, one line for each call, the innermost last: file, line and function, no values."""
    innermost = sys._current_frames().get(thread)
    frames = list(traceback.walk_stack(innermost)) if innermost else []
    return "\n".join(f"{frame.f_code.co_filename}:{line} {frame.f_code.co_name}" for frame, line in reversed(frames))


def _log(event: str, **fields: object) -> None:
    run = partial(copy_context().run, partial(logger.error, event, **fields))
    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(LOG_SECONDS)
