"""The flush interval grows with the rate of deltas, within its bounds."""

from hypothesis import given
from hypothesis import strategies as st

from worker.output.flush_interval import LONGEST, SHORTEST, FlushInterval


def settled(per_second: int, every: float = 0.01) -> float:
    """Returns the interval after three seconds of `per_second` deltas a second, flushed every `every` seconds."""
    interval, now, window = FlushInterval(), 0.0, 0.0
    for _ in range(int(3 / every)):
        for _ in range(int(per_second * every)):
            interval.count()
        now += every
        window = interval.window(now)
    return window


def test_a_reply_at_reading_speed_gets_the_shortest_interval() -> None:
    assert settled(50, every=0.02) == SHORTEST < 1 / 50


def test_higher_rates_get_longer_intervals() -> None:
    windows = [settled(rate) for rate in (100, 1000, 2000, 4000)]
    assert windows == sorted(windows)
    assert SHORTEST == windows[0] < windows[1] < 0.02 < windows[2] < windows[3] < LONGEST


def test_100_replies_of_50_deltas_per_second_near_the_longest() -> None:
    assert settled(5000) > 0.9 * LONGEST


def test_any_rate_stays_at_most_at_the_longest_interval() -> None:
    assert settled(1_000_000) == LONGEST <= 1 / 20


def test_a_single_burst_keeps_the_shortest_interval() -> None:
    interval = FlushInterval()
    assert interval.window(1.0) == SHORTEST
    for _ in range(100):
        interval.count()
    assert interval.window(1.01) == SHORTEST


def test_a_pause_after_a_high_rate_resets_the_interval() -> None:
    interval = FlushInterval()
    for step in range(1, 300):
        for _ in range(100):
            interval.count()
        interval.window(step / 100)
    interval.count()
    assert interval.window(100) == SHORTEST


@given(st.lists(st.tuples(st.integers(0, 1000), st.floats(0, 10))))
def test_any_interval_lies_within_its_bounds(steps: list[tuple[int, float]]) -> None:
    interval, now = FlushInterval(), 0.0
    for count, elapsed in steps:
        for _ in range(count):
            interval.count()
        now += elapsed
        assert SHORTEST <= interval.window(now) <= LONGEST
