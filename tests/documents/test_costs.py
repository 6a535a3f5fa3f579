"""The figures of docs/guides/costs.md and of "Sizing" in docs/operations.md follow from those of the benchmark."""

import re

import pytest

from tests.support.repository import ROOT

BENCH = (ROOT / "bench" / "README.md").read_text("utf-8")
SIZING = (ROOT / "docs" / "operations.md").read_text("utf-8").partition("## Sizing\n")[2].partition("\n## ")[0]
COSTS = (ROOT / "docs" / "guides" / "costs.md").read_text("utf-8")
NUMBER = re.compile(r"\d[\d,]*(?:\.\d+)?")
PEOPLE = (20, 2_000, 50_000)
QUESTIONS, DAYS, PEAK, IN, OUT, SPEED = 20, 22, 0.2, 1_500, 300, 50
CORE, MEMORY, TRAFFIC, PRICE_IN, PRICE_OUT = 15, 3, 0.05, 0.5, 1.5
BYTES = 190


def numbers(text: str) -> list[float]:
    return [float(found.replace(",", "")) for found in NUMBER.findall(text)]


def cells(document: str, first: str) -> list[str]:
    """Returns the further cells of the row whose first cell is `first`."""
    (row,) = re.findall(rf"^\| {re.escape(first)} \|(.*)\|$", document, re.MULTILINE)
    return [cell.strip() for cell in row.split("|")]


def steady(scenario: str) -> float:
    """Returns Holdfast's microseconds of CPU per token while all replies of a scenario run."""
    table = BENCH.partition(f"(`{scenario}`)")[2]
    return numbers(re.search(r"^\| holdfast \|(.*)\|$", table, re.MULTILINE)[1].split("|")[7])[0]  # type: ignore[index]


def per_token() -> tuple[list[float], list[float]]:
    """Returns W, A and R of the sizing with their sum, at 50 and at 20 tokens per second."""
    fast, slow = cells(SIZING, "`W` `A` `R`")[0].split(";")
    return [*numbers(fast)[:3], numbers(fast)[-1]], [*numbers(slow)[:3], numbers(slow)[-1]]


def test_cpu_per_token_is_that_of_the_benchmark() -> None:
    for figures, scenario in zip(per_token(), ("100x50", "500x20"), strict=True):
        assert sum(figures[:3]) == figures[3] == round(steady(scenario))


def test_cost_of_a_turn_and_a_stream_are_those_of_the_benchmark() -> None:
    turns = numbers(cells(BENCH, "10,000 queued turns")[0].partition("CPU per turn")[2])
    assert numbers(cells(SIZING, "`T`")[0])[:3] == [round(value, 1) for value in turns]
    streams = numbers(cells(BENCH, "2,000 idle streams")[0])[:2]
    assert numbers(cells(SIZING, "`M`")[0]) == [round(value) for value in streams]
    follower = numbers(cells(BENCH, "1 turn with 500 followers")[0].partition("API ")[2])[0]
    assert numbers(cells(SIZING, "`E`")[0])[0] == round(follower)


def test_memory_of_a_turn_is_that_of_the_benchmark() -> None:
    short, long = ([numbers(cell)[0] for cell in cells(BENCH, f"{size} tokens")] for size in ("200", "2,000"))
    figure, measured = cells(SIZING, "`H`")
    assert numbers(figure)[:2] == [round(short[1]), round(short[2])]
    assert numbers(measured)[-2:] == [round(long[1]), round(long[2])]


def test_rows_of_the_sizing_follow_from_its_figures() -> None:
    for column, (figures, speed) in enumerate(zip(per_token(), (50, 20), strict=True), 1):
        for process, first in enumerate(("replies per worker", "streams per API", "replies per Redis")):
            cell = numbers(cells(SIZING, f"simultaneous {first}")[column])[0]
            assert cell == pytest.approx(600_000 / speed / figures[process], rel=0.03)
    turns = numbers(cells(SIZING, "`T`")[0])[:3]
    shown = numbers(cells(SIZING, "new questions per second per worker, API, Redis")[1])
    assert shown == pytest.approx([600 / turn for turn in turns], rel=0.03)


def computed() -> dict[str, list[float]]:
    """Returns the rows of the table of costs."""
    turn = sum(numbers(cells(SIZING, "`T`")[0])[:3]) + OUT * per_token()[0][3] / 1000
    month = [float(people * QUESTIONS * DAYS) for people in PEOPLE]
    rate = [people * QUESTIONS * PEAK / 3600 for people in PEOPLE]
    hour, week = ([people * QUESTIONS * share for people in PEOPLE] for share in (PEAK, 5))
    data = [(16 * h + 30 * w / 10) / 1e6 for h, w in zip(hour, week, strict=True)]
    sent = [questions * OUT * BYTES / 1e9 for questions in month]
    return {
        "questions a month": month,
        "questions per second in the busiest hour": rate,
        "replies at the same time": [value * OUT / SPEED for value in rate],
        "cores in use": [value * turn / 1000 for value in rate],
        "data of Redis, GB": data,
        "traffic, GB": sent,
        "traffic": [value * TRAFFIC for value in sent],
        "model": [questions * (IN * PRICE_IN + OUT * PRICE_OUT) / 1e6 for questions in month],
    }


@pytest.mark.parametrize("row", computed())
def test_rows_of_the_costs_follow_from_the_variables(row: str) -> None:
    shown = [numbers(cell)[0] for cell in cells(COSTS, row)[1:]]
    assert shown == pytest.approx(computed()[row], rel=0.12)


def test_sums_of_the_costs_are_right() -> None:
    rows = {name: [numbers(cell)[0] for cell in cells(COSTS, name)[-3:]] for name in ("machines", "traffic", "model")}
    cores = numbers(" ".join(cells(COSTS, "cores to rent, 60 % used, every tier twice")[1:]))
    memory = numbers(" ".join(cells(COSTS, "memory to rent, GB")[1:]))
    assert rows["machines"] == [c * CORE + m * MEMORY for c, m in zip(cores, memory, strict=True)]
    sums = [sum(column) for column in zip(*rows.values(), strict=True)]
    assert numbers(" ".join(cells(COSTS, "**together**")[1:])) == pytest.approx(sums, abs=1)
