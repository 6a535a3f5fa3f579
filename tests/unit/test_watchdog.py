"""The watchdog counts silence while the process runs, and shows where a thread is."""

import asyncio
import os
import signal
import threading
from collections.abc import Callable
from typing import Any

import pytest

from chat import watchdog
from chat.watchdog import TICK_SECONDS, Sign, Silence, Watchdog, stack_of
from tests.support.waiting import PATIENCE

LIMIT = 30.0


def silence_of(value: Callable[[], object], is_excused: Callable[[], bool] = lambda: False) -> Silence:
    return Silence(Sign("silent", LIMIT, value, is_excused))


def test_silence_grows_until_the_sign_changes() -> None:
    values = iter([1, 1, 1, 2, 2])
    silence = silence_of(lambda: next(values))
    assert [silence.count(1.0) for _ in range(4)] == [1.0, 2.0, 0.0, 1.0]


@pytest.mark.parametrize("late", [3.0, 60.0, 86_400.0])
def test_a_late_look_counts_as_two_intervals(late: float) -> None:
    """The process was frozen, or its machine was asleep."""
    silence = silence_of(lambda: 1)
    assert silence.count(late) == 2 * TICK_SECONDS < LIMIT


def test_a_process_that_is_blocked_between_late_looks_is_found() -> None:
    silence = silence_of(lambda: 1)
    assert [silence.count(5.0) for _ in range(20)][-1] >= LIMIT


def test_an_excused_silence_begins_anew() -> None:
    excuses: list[bool] = []
    silence = silence_of(lambda: 1, lambda: bool(excuses))
    assert [silence.count(2.0) for _ in range(14)][-1] == 28.0
    excuses.append(True)
    assert silence.count(2.0) == 0.0
    excuses.clear()
    assert silence.count(2.0) == 2.0


def test_a_short_silence_asks_for_no_excuse() -> None:
    """The store is asked only when there is reason to."""
    answers = iter([False])
    silence = silence_of(lambda: 1, lambda: next(answers))
    for _ in range(5):
        silence.count(2.0)
    assert silence.count(2.0) == 12.0
    with pytest.raises(StopIteration):
        silence.count(2.0)


def waits(begun: threading.Event, ends: threading.Event) -> None:
    secret = "a value that no stack shows"
    begun.set()
    ends.wait()
    assert secret


def test_a_stack_names_files_and_lines_and_no_values() -> None:
    begun, ends = threading.Event(), threading.Event()
    thread = threading.Thread(target=waits, args=(begun, ends))
    thread.start()
    begun.wait()
    try:
        assert thread.ident
        stack = stack_of(thread.ident)
    finally:
        ends.set()
        thread.join()
    assert any(line.startswith(__file__) and line.endswith(" waits") for line in stack.splitlines())
    assert "secret" not in stack
    assert stack_of(thread.ident) == ""


class Exits:
    """Records the exits of a watchdog instead of exiting, and what it logs."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.code: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self.logged: list[tuple[str, dict[str, Any]]] = []
        loop = asyncio.get_running_loop()
        monkeypatch.setattr(os, "_exit", lambda code: loop.call_soon_threadsafe(self._exit, code))
        monkeypatch.setattr(watchdog, "_log", lambda event, **fields: self.logged.append((event, fields)))

    def _exit(self, code: int) -> None:
        if not self.code.done():
            self.code.set_result(code)

    async def wait(self) -> int:
        return await asyncio.wait_for(self.code, PATIENCE)


@pytest.fixture
async def exits(monkeypatch: pytest.MonkeyPatch) -> Exits:
    monkeypatch.setattr(watchdog, "TICK_SECONDS", 0.01)
    monkeypatch.setattr(watchdog, "ORDERLY_SECONDS", 0.01)
    return Exits(monkeypatch)


async def test_a_missing_sign_asks_for_an_orderly_stop_first(exits: Exits) -> None:
    stopped = asyncio.Event()
    with Watchdog(PATIENCE, stopped.set) as running:
        running.watch(Sign("sign_missing", 0.05, lambda: 1))
        assert await exits.wait() == watchdog.HUNG
        assert stopped.is_set()
        assert running.has_fired
    assert [event for event, _ in exits.logged] == ["sign_missing", "orderly_stop_hangs"]


async def test_a_limit_of_0_ends_nothing(exits: Exits) -> None:
    lags: asyncio.Queue[float] = asyncio.Queue()
    with Watchdog(0, lambda: None, lags.put_nowait) as running:
        running.watch(Sign("sign_missing", 0, lambda: 1))
        for _ in range(20):
            assert await asyncio.wait_for(lags.get(), PATIENCE) >= 0
        assert signal.getitimer(signal.ITIMER_PROF)[0] == 0
    assert exits.logged == []


async def test_a_closed_watchdog_watches_nothing_more(exits: Exits) -> None:
    looked = threading.Event()
    with Watchdog(PATIENCE, lambda: None) as running:
        assert signal.getitimer(signal.ITIMER_PROF)[0] > 0
        running.watch(Sign("sign_missing", PATIENCE, lambda: 1, on_tick=looked.set))
        await asyncio.to_thread(looked.wait, PATIENCE)
    assert signal.getitimer(signal.ITIMER_PROF)[0] == 0
    for thread in threading.enumerate():
        if thread.name.startswith("watchdog"):
            thread.join(PATIENCE)
            assert not thread.is_alive()
    assert exits.logged == []


async def test_a_failing_look_is_logged_and_the_watch_goes_on(exits: Exits, monkeypatch: pytest.MonkeyPatch) -> None:
    broken: list[str] = []
    monkeypatch.setattr(watchdog.logger, "exception", broken.append)
    looks = iter([ZeroDivisionError(), None])

    def look() -> None:
        if error := next(looks, None):
            raise error

    with Watchdog(PATIENCE, lambda: None) as running:
        running.watch(Sign("sign_missing", 0.05, lambda: 1, on_tick=look))
        assert await exits.wait() == watchdog.HUNG
    assert broken == ["watchdog_broke"]
