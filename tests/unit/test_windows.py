"""A process counts requests per caller in moving windows of bounded memory."""

from hypothesis import given
from hypothesis import strategies as st

from api.limits import windows
from api.limits.windows import MovingWindow

SECONDS = 60.0


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def window_of(amount: int) -> tuple[MovingWindow, Clock]:
    clock = Clock()
    return MovingWindow(amount, SECONDS, clock), clock


def passes(window: MovingWindow, who: str = "a") -> bool:
    if window.wait(who):
        return False
    window.add(who)
    return True


def test_only_the_amount_passes_in_one_window() -> None:
    window, clock = window_of(3)
    assert [passes(window) for _ in range(5)] == [True] * 3 + [False] * 2
    clock.now += SECONDS - 1
    assert window.wait("a") == 1.0
    assert not passes(window)
    clock.now += 1
    assert [passes(window) for _ in range(4)] == [True] * 3 + [False]


def test_each_caller_has_a_window_of_its_own() -> None:
    window, _ = window_of(1)
    assert passes(window, "a")
    assert passes(window, "b")
    assert not passes(window, "a")


def test_a_removed_request_may_be_made_again() -> None:
    window, clock = window_of(2)
    first = window.add("a")
    clock.now += 10
    window.add("a")
    window.remove("a", first)
    assert window.wait("a") == 0.0
    window.add("a")
    assert window.wait("a") == SECONDS
    window.remove("a", first)
    assert window.wait("a") == SECONDS


def test_callers_without_requests_in_the_window_are_forgotten() -> None:
    window, clock = window_of(5)
    for number in range(100):
        passes(window, f"user {number}")
    clock.now += SECONDS + 1
    passes(window, "the next")
    assert list(window._times) == ["the next"]
    assert window._total == 1


def test_a_full_memory_drops_the_longest_idle_caller() -> None:
    window, _ = window_of(2)
    window._most = 10
    for number in range(50):
        passes(window, f"user {number}")
    assert list(window._times) == [f"user {number}" for number in range(40, 50)]
    assert window._total == 10


def test_an_amount_above_the_memory_bound_is_still_allowed() -> None:
    window, _ = window_of(windows.MOST_REQUESTS + 1)
    assert all(passes(window) for _ in range(windows.MOST_REQUESTS + 1))
    assert not passes(window)


Steps = st.lists(st.tuples(st.floats(0, 40), st.sampled_from("abc"), st.booleans()), max_size=60)


@given(Steps, st.integers(1, 4))
def test_any_steps_keep_each_window_within_the_amount(steps: list[tuple[float, str, bool]], amount: int) -> None:
    window, clock = window_of(amount)
    passed: dict[str, list[float]] = {}
    for seconds, who, removed in steps:
        clock.now += seconds
        mine = [at for at in passed.get(who, []) if at > clock.now - SECONDS]
        assert bool(window.wait(who)) == (len(mine) >= amount)
        if window.wait(who):
            continue
        at = window.add(who)
        if removed:
            window.remove(who, at)
        else:
            passed[who] = [*mine, at]
        assert window._total == sum(map(len, window._times.values()))
