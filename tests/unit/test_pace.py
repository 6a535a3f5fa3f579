"""How long is waited between two writes."""

from hypothesis import given
from hypothesis import strategies as st

from worker.pace import LONGEST, LONGEST_REST, SHORTEST, Pace


def after(per_second: int, every: float = 0.01) -> tuple[Pace, float]:
    """The pace and its window after three seconds of so many deltas a second, written `every` so many seconds."""
    pace, now, window = Pace(), 0.0, 0.0
    for _ in range(int(3 / every)):
        for _ in range(int(per_second * every)):
            pace.count()
        now += every
        window = pace.window(now)
    return pace, window


def settled(per_second: int, every: float = 0.01) -> float:
    """The window alone."""
    return after(per_second, every)[1]


def rest(per_second: int, busy: float, left: float = 1.0) -> float:
    """How long is rested at that rate, `left` seconds before the next write."""
    pace, window = after(per_second)
    return pace.rest(window, left, busy)


def test_a_reply_at_reading_speed_is_not_held_up() -> None:
    assert settled(50, every=0.02) == SHORTEST < 1 / 50


def test_the_more_comes_the_longer_is_gathered() -> None:
    windows = [settled(rate) for rate in (100, 6000, 10_000, 12_000)]
    assert windows == sorted(windows)
    assert SHORTEST == windows[0] < windows[1] < 0.02 < windows[2] < windows[3] < LONGEST


def test_there_is_a_limit() -> None:
    assert settled(1_000_000) == LONGEST <= 1 / 20


def test_a_burst_is_no_flood() -> None:
    pace = Pace()
    assert pace.window(1.0) == SHORTEST
    for _ in range(100):
        pace.count()
    assert pace.window(1.01) == SHORTEST


def test_a_flood_is_soon_forgotten() -> None:
    pace = Pace()
    for step in range(1, 300):
        for _ in range(100):
            pace.count()
        pace.window(step / 100)
    pace.count()
    assert pace.window(100) == SHORTEST


@given(st.lists(st.tuples(st.integers(0, 1000), st.floats(0, 10))))
def test_a_window_is_never_too_short_nor_too_long(steps: list[tuple[int, float]]) -> None:
    pace, now = Pace(), 0.0
    for count, elapsed in steps:
        for _ in range(count):
            pace.count()
        now += elapsed
        assert SHORTEST <= pace.window(now) <= LONGEST


def test_nobody_rests_for_a_few_replies() -> None:
    assert rest(500, busy=0.1) == 0


def test_under_load_a_process_with_time_to_spare_rests() -> None:
    assert 0.004 < rest(5000, busy=0.5) < rest(5000, busy=0.1) < SHORTEST
    assert rest(10_000, busy=0.2) == LONGEST_REST


def test_a_process_at_its_limit_works_on() -> None:
    assert rest(100_000, busy=1.0) == 0


def test_a_rest_ends_before_the_next_write() -> None:
    assert rest(10_000, busy=0.2, left=0.002) == 0.002
    assert rest(10_000, busy=0.2, left=-0.005) == 0
