"""How long is waited between two writes."""

from hypothesis import given
from hypothesis import strategies as st

from worker.output.flush_interval import LONGEST, SHORTEST, FlushInterval


def settled(per_second: int, every: float = 0.01) -> float:
    """The window after three seconds of so many deltas a second, written `every` so many seconds."""
    pace, now, window = FlushInterval(), 0.0, 0.0
    for _ in range(int(3 / every)):
        for _ in range(int(per_second * every)):
            pace.count()
        now += every
        window = pace.window(now)
    return window


def test_a_reply_at_reading_speed_is_not_held_up() -> None:
    assert settled(50, every=0.02) == SHORTEST < 1 / 50


def test_the_more_comes_the_longer_is_gathered() -> None:
    windows = [settled(rate) for rate in (100, 1000, 2000, 4000)]
    assert windows == sorted(windows)
    assert SHORTEST == windows[0] < windows[1] < 0.02 < windows[2] < windows[3] < LONGEST


def test_100_replies_of_50_deltas_a_second_get_the_longest() -> None:
    assert settled(5000) > 0.9 * LONGEST


def test_there_is_a_limit() -> None:
    assert settled(1_000_000) == LONGEST <= 1 / 20


def test_a_burst_is_no_flood() -> None:
    pace = FlushInterval()
    assert pace.window(1.0) == SHORTEST
    for _ in range(100):
        pace.count()
    assert pace.window(1.01) == SHORTEST


def test_a_flood_is_soon_forgotten() -> None:
    pace = FlushInterval()
    for step in range(1, 300):
        for _ in range(100):
            pace.count()
        pace.window(step / 100)
    pace.count()
    assert pace.window(100) == SHORTEST


@given(st.lists(st.tuples(st.integers(0, 1000), st.floats(0, 10))))
def test_a_window_is_never_too_short_nor_too_long(steps: list[tuple[int, float]]) -> None:
    pace, now = FlushInterval(), 0.0
    for count, elapsed in steps:
        for _ in range(count):
            pace.count()
        now += elapsed
        assert SHORTEST <= pace.window(now) <= LONGEST
