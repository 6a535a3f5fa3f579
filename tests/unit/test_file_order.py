"""The order of the files of a run."""

from tests.support.file_order import ordered

CHAOS = [f"tests/chaos/test_{number}.py" for number in range(3)]
UNIT = [f"tests/unit/test_{number}.py" for number in range(10)]


def test_files_that_wait_are_spread_over_the_first_part() -> None:
    order = ordered([*CHAOS, *UNIT])
    assert sorted(order) == [*CHAOS, *UNIT]
    assert [file for file in order if file in UNIT] == UNIT
    assert [order.index(file) for file in CHAOS] == [0, 3, 6]


def test_files_of_one_suite_stay_in_their_order() -> None:
    assert ordered(CHAOS) == CHAOS
    assert ordered(UNIT) == UNIT
    assert ordered([]) == []
