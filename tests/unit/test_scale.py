"""The simulation of large fleets does what the processes do, and predicts what was measured on small ones."""

import random
from pathlib import Path

import pytest

from bench.scale import record, tables
from bench.scale.check import Check, check
from bench.scale.document import FILE, TABLES, between
from bench.scale.fit import OPERATIONS, Case, fit, nonnegative
from bench.scale.interval import Interval
from bench.scale.limits import Demand
from bench.scale.load import Load
from bench.scale.model import Model
from bench.scale.plan import Capacity, Plan
from bench.scale.process import Clock, Job, Machine, Prices, Process
from bench.scale.report import Report
from bench.scale.scenarios import SCENARIOS
from bench.scale.simulation import Simulation
from bench.scale.worker import POLL_SECONDS, Habit
from worker import main
from worker.output.flush_interval import FlushInterval

FREE: dict[str, Prices] = {}
PRICES: dict[str, Prices] = {
    kind: {name: (3 + index) * 1e-6 for index, name in enumerate(names)} for kind, names in OPERATIONS.items()
}


@pytest.fixture(scope="module")
def report() -> Report:
    return Report(record.load())


def job(started: list[float], seconds: float) -> Job:
    """Returns work of that many seconds that records when it starts."""

    def work(now: float) -> float:
        started.append(now)
        return seconds

    return work


def process(clock: Clock, machine: Machine, **prices: float) -> Process:
    return Process(clock, machine, prices)


# Processes


def test_a_busy_process_does_all_that_waits_in_one_round() -> None:
    clock, started = Clock(), list[float]()
    one = process(clock, Machine(), wakes=1.0)
    for time in (0.0, 0.5, 0.6):
        clock.at(time, lambda now: one.put(now, job(started, 2.0)))
    clock.run(100)
    assert started == pytest.approx([1.0, 3.0, 5.0], abs=0.01)
    assert one.done["wakes"] == 1


def test_a_process_waits_while_all_cores_are_used() -> None:
    clock, machine, started = Clock(), Machine(1), list[float]()
    for _ in range(3):
        process(clock, machine).put(0.0, job(started, 2.0))
    clock.run(100)
    assert started == pytest.approx([0.0, 2.0, 4.0], abs=0.01)


def test_a_longer_pause_empties_more_of_the_caches() -> None:
    clock = Clock()
    one = process(clock, Machine())
    lost: list[float] = []
    for time in (1.0, 1.001, 1.1):
        clock.at(time, lambda now: one.put(now, lambda _: 0.0))
        clock.run(time + 5e-4)
        lost.append(one.done["cold"] - sum(lost))
    assert lost[0] == pytest.approx(1)
    assert 0 < lost[1] < 0.3 < lost[2]


def test_an_event_loop_with_much_work_falls_behind_its_ticks() -> None:
    wakes = []
    for seconds in (0.0, 0.0005):
        clock = Clock()
        one = process(clock, Machine())
        model = Model(clock, one, 0.001)
        for number in range(1, 200):
            model.send(0.0, number / 1000, job([], seconds))
        clock.run(0.1)
        wakes.append(one.done["wakes"])
    assert wakes[0] > 95
    assert wakes[1] < wakes[0] / 1.4


# The simulated fleet


def test_the_flush_interval_is_that_of_the_worker() -> None:
    dice, now = random.Random(3), 0.0
    ours, theirs = Interval(), FlushInterval()
    for _ in range(500):
        now += dice.uniform(0.001, 0.06)
        count = dice.randint(0, 400)
        for _ in range(count):
            theirs.count()
        assert ours.window(now, count) == pytest.approx(theirs.window(now))


def test_idle_workers_claim_as_often_as_real_ones() -> None:
    assert POLL_SECONDS == main.POLL_SECONDS
    idle = Simulation(Load(0, 0, 0, workers=3), FREE).run().rates["redis"]
    assert idle["claims"] == pytest.approx(3 / POLL_SECONDS, rel=0.05)


def test_claims_find_a_busy_redis_awake() -> None:
    prices = {"redis": {"entries": 5e-5}}
    idle = Simulation(Load(0, 0, 0, workers=4), prices).run().rates["redis"]
    few = Simulation(Load(300, 20, 0), prices).run().rates["redis"]
    many = Simulation(Load(300, 20, 0, workers=4), prices, shares=[1, 0, 0, 0]).run().rates["redis"]
    assert many["wakes"] - few["wakes"] < 0.9 * 3 / POLL_SECONDS
    assert idle["wakes"] > 0.9 * 4 / POLL_SECONDS


def test_frequent_events_find_their_stream_in_the_caches() -> None:
    often = Simulation(Load(1, 50, 0), FREE).run().rates["api"]
    seldom = Simulation(Load(1, 2, 0), FREE).run().rates["api"]
    assert often["stale"] / often["events"] < 0.4
    assert seldom["stale"] / seldom["events"] > 0.9


def test_tokens_gather_until_the_interval_ends() -> None:
    slow = Simulation(Load(1, 50, 0), FREE).run().figures
    fast = Simulation(Load(100, 50, 0), FREE).run().figures
    assert slow.tokens_per_event == 1
    assert fast.events / 100 == pytest.approx(1 / 0.045, rel=0.1)  # each reply at each write
    assert fast.latency_p50 == pytest.approx(45 / 2, rel=0.2)


def test_each_reader_gets_each_event() -> None:
    one = Simulation(Load(10, 20, 0), FREE).run()
    many = Simulation(Load(10, 20, 0, readers=7, apis=3), FREE).run()
    assert many.figures.events == pytest.approx(7 * one.figures.events)
    assert many.rates["worker"]["entries"] == one.rates["worker"]["entries"]
    assert many.rates["redis"]["pushes"] <= 3 * many.rates["redis"]["batches"]


def test_replies_that_begin_and_end_make_workers_write_more() -> None:
    steady = Simulation(Load(100, 50, 0), FREE).run()
    turnover = Simulation(Load(100, 50, 50, turns=2, delay=0.1), FREE).run()
    alone = Simulation(Load(100, 50, 50, turns=2, delay=0.1), FREE, habit=Habit(alone=True)).run()
    assert turnover.rates["worker"]["flushes"] > 2 * steady.rates["worker"]["flushes"]
    assert alone.rates["worker"]["flushes"] == pytest.approx(steady.rates["worker"]["flushes"], rel=0.1)


def test_every_worker_claims_once_at_a_time_when_woken() -> None:
    load = Load(100, 20, 2, turns=2, delay=0.1, workers=10)
    quick = Simulation(load, FREE).run().rates["redis"]
    slow = Simulation(load, {"redis": {"claims": 2e-3}}).run().rates["redis"]
    assert quick["wakeups"] / 4 < quick["claims"] <= quick["wakeups"]
    assert slow["claims"] < slow["wakeups"] / 4


def test_replies_are_shared_among_workers_as_given() -> None:
    simulation = Simulation(Load(100, 20, 0, workers=3), FREE, shares=[3, 0, 1])
    simulation.run()
    tokens = [worker.process.done["tokens"] for worker in simulation.workers]
    assert tokens[0] == pytest.approx(3 * tokens[2], rel=0.05)
    assert tokens[1] == 0


def test_a_full_machine_delays_events() -> None:
    load, prices = Load(100, 50, 0), {"worker": {"tokens": 1e-4}, "api": {"events": 2e-4}, "model": {"tokens": 1e-5}}
    apart = Simulation(load, prices).run().figures
    together = Simulation(load, prices, cores=1).run().figures
    assert together.latency_p50 > apart.latency_p50
    assert together.tokens == pytest.approx(apart.tokens, rel=0.05)


def test_equal_seeds_give_equal_figures() -> None:
    load = Load(20, 50, 25, turns=2, delay=0.1, workers=2, apis=2)
    assert Simulation(load, PRICES, 2).run() == Simulation(load, PRICES, 2).run()
    assert Simulation(load, PRICES, 2).run() != Simulation(load, PRICES, 2, seed=2).run()


# Prices


def test_fitted_factors_explain_the_targets() -> None:
    rows = [[1, 0, 2], [2, 5, 0], [0, 1, 1], [3, 3, 3]]
    assert nonnegative(rows, [2 * a + 3 * b + 0.5 * c for a, b, c in rows]) == pytest.approx([2, 3, 0.5])


def test_no_fitted_factor_is_negative() -> None:
    found = nonnegative([[1, 1], [2, 1], [4, 1]], [1.0, 1.5, 2.4])
    assert min(found) >= 0
    assert min(nonnegative([[1, 1], [2, 1], [4, 1]], [0.5, 1.5, 3.5])) == 0


def test_fitted_prices_reproduce_a_simulated_fleet() -> None:
    loads = {name: load for name, load in SCENARIOS.items() if load.fitted and load.tokens_per_second <= 500}
    cases = [Case(load, Simulation(load, PRICES).run().figures.cpu) for load in loads.values()]
    prices = fit(cases, {}, cores=100)
    held = Load(20, 30, 0)
    was, predicted = Simulation(held, PRICES).run().figures, Simulation(held, prices).run().figures
    for kind in ("worker", "redis", "api"):
        assert predicted.cpu[kind] == pytest.approx(was.cpu[kind], rel=0.05)


def test_a_single_reply_tells_how_late_processes_wake_up() -> None:
    load = Load(1, 20, 0)
    was = Simulation(load, {**PRICES, "any": {"delay": 2e-4}}).run().figures
    prices = fit([Case(load, was.cpu, was.latency_p50)], {}, cores=100)
    assert prices["any"]["delay"] > 1e-4
    assert Simulation(load, prices).run().figures.latency_p50 == pytest.approx(was.latency_p50, rel=0.01)


# The record, and what follows from it


def test_a_record_is_read_as_it_was_written(tmp_path: Path) -> None:
    file = tmp_path / "measured.json"
    record.save(record.load(), file)
    assert record.load(file) == record.load()


def test_the_record_has_every_scenario_and_its_spread(report: Report) -> None:
    assert set(report.record.loads) == set(SCENARIOS)
    for name in SCENARIOS:
        spread = report.record.spread(name, "cpu", "redis")
        assert 0 < spread.least <= spread.median <= spread.most


def test_most_scenarios_are_predicted_and_not_fitted() -> None:
    fitted = [load.fitted for load in SCENARIOS.values()]
    assert fitted.count(False) > fitted.count(True)


def test_latencies_are_not_compared_more_finely_than_a_tick() -> None:
    assert not Check("1 x 50", "latency p50", 0.8, 1.7, finest=1.0).is_beyond
    assert Check("1 x 50", "latency p50", 0.8, 1.9, finest=1.0).is_beyond
    assert Check("1 x 50", "CPU of api", 0.8, 1.7).is_beyond


def test_predictions_are_within_a_fifth_of_the_record(report: Report) -> None:
    assert report.beyond == []
    assert len(report.checks) > 100


def test_a_wrong_mechanism_is_found_by_the_checks(report: Report) -> None:
    wrong = {kind: dict(prices) for kind, prices in report.prices.items()}
    wrong["worker"]["tokens"] *= 2
    name = "60 x 100"
    assert tables.beyond(check(report.record, wrong, {name: SCENARIOS[name]}))


def test_the_document_shows_the_recorded_figures(report: Report) -> None:
    text = FILE.read_text("utf-8")
    for name in ("checks", "benchmark", "prices", "steps", "cluster"):
        assert between(name, text)[1] == TABLES[name](report), f"{name}: run make bench-scale BENCH=document"


def test_the_document_has_a_place_for_each_table() -> None:
    text = FILE.read_text("utf-8")
    assert [name for name in TABLES if not between(name, text)[1].startswith("| ")] == []


def test_more_work_for_each_token_means_fewer_replies() -> None:
    cheap, dear = (
        Capacity(Plan(rate=20, tokens=100), {**PRICES, "worker": {**PRICES["worker"], "tokens": price}})
        for price in (1e-4, 2e-4)
    )
    assert dear.replies_per_worker < cheap.replies_per_worker


def test_a_part_ends_where_its_need_meets_its_limit() -> None:
    needs = [Demand("part", "cores", 0.01 * size**2, 4.0) for size in (1, 10, 100)]
    assert tables.ends_at([1, 10, 100], needs) == pytest.approx(20)
