"""The triggers of deploy/k8s/autoscaling.yaml remove no busy worker, follow bursts, and do not go back and forth."""

import re
from copy import deepcopy
from functools import cache
from typing import Any

import pytest
import yaml

from tests.autoscaling.day import Load, Outcome, live
from tests.autoscaling.fleet import SLOTS, Fleet
from tests.autoscaling.hpa import SYNC_SECONDS, Autoscaler
from tests.autoscaling.promql import Recorded, Sample, evaluate
from tests.autoscaling.specs import DRAIN_SECONDS, QUEUE_ONLY, scaled, worker
from tests.support.repository import ROOT

TRIGGERS = ROOT / "deploy" / "observability" / "triggers.test.yml"
SHORT = Load(hours=3, peak=20)
"""A day whose hours have seven and a half minutes, with a burst and a slow model."""


@cache
def day(queue_only: bool = False) -> Outcome:
    return live(QUEUE_ONLY, SHORT, 60) if queue_only else live(worker(), SHORT, DRAIN_SECONDS)


def test_no_busy_worker_is_removed_in_a_day_of_load() -> None:
    outcome = day()
    assert any(change < 0 for _, change in outcome.changes)
    assert outcome.overfull == 0
    assert outcome.fleet.restarted == 0


def test_a_removal_is_not_taken_back_within_ten_minutes() -> None:
    assert day().reversals == 0


def test_a_burst_to_four_times_the_load_waits_seconds() -> None:
    outcome = day()
    assert outcome.short <= 60
    assert outcome.longest_wait <= 60


def test_triggers_on_the_queue_alone_fail_the_same_day() -> None:
    outcome = day(queue_only=True)
    assert outcome.overfull > 0
    assert outcome.fleet.restarted > 0
    assert outcome.reversals > 0


def replicas_after(spec: dict[str, Any], samples: list[Sample], start: int, hours: float = 1.0) -> int:
    """Returns the number of replicas after `hours` in which every scrape has the same `samples`."""
    scaler, recorded, count = Autoscaler(spec), Recorded(), start
    for now in range(0, int(hours * 3600), SYNC_SECONDS):
        recorded.add(now, samples)
        count = scaler.decide(recorded, now, count)
    return count


def fleet_of(workers: int, running: int, cpu: float = 0.0) -> list[Sample]:
    """Returns the samples of workers with `running` replies each, and of an API."""
    fleet = Fleet(DRAIN_SECONDS)
    fleet.scale(workers, -100)
    for each in fleet.workers:
        each.replies, each.cpu = [(1e9, running)], cpu
    return fleet.scraped(0)


def test_full_workers_with_an_empty_queue_are_not_removed() -> None:
    samples = fleet_of(10, SLOTS)
    assert replicas_after(worker(), samples, 10) == 15
    assert replicas_after(QUEUE_ONLY, samples, 10) == 2


@pytest.mark.parametrize(("running", "replicas"), [(140, 10), (128, 10), (70, 5), (0, 2)])
def test_the_rest_runs_at_seventy_percent(running: int, replicas: int) -> None:
    assert replicas_after(worker(), fleet_of(10, running), 10) == replicas


def test_one_worker_is_removed_in_two_minutes_at_most() -> None:
    assert replicas_after(worker(), fleet_of(10, 0), 10, hours=0.25) >= 10 - (0.25 * 3600 - 600) / 120 - 1


def test_without_any_metric_the_number_stays() -> None:
    assert replicas_after(worker(), [], 10) == 10
    assert replicas_after(scaled("api"), [], 10) == 10


@pytest.mark.parametrize("lost", ["holdfast_worker_slots", "holdfast_turns_open", "process_cpu_seconds_total"])
def test_one_missing_metric_forbids_to_remove_workers(lost: str) -> None:
    samples = [sample for sample in fleet_of(10, 0) if sample[0] != lost]
    assert replicas_after(worker(), samples, 10) == 10


def test_ignored_missing_metrics_would_remove_full_workers() -> None:
    ignoring = deepcopy(worker())
    for trigger in ignoring["triggers"]:
        del trigger["metadata"]["ignoreNullValues"]
    assert replicas_after(ignoring, [], 10) == 2


def test_a_worker_whose_metrics_are_missing_still_counts() -> None:
    samples = [sample for sample in fleet_of(10, SLOTS) if sample[1]["pod"] not in ("worker-1", "worker-2")]
    assert replicas_after(worker(), samples, 10) == 15


def test_workers_whose_cpu_is_full_get_more_of_them() -> None:
    scaler, recorded = Autoscaler(worker()), Recorded()
    for now in range(0, 300, SYNC_SECONDS):
        recorded.add(now, fleet_of(2, 10, cpu=0.9 * now))
    assert scaler.decide(recorded, 300, 2) == 3


@pytest.mark.parametrize(("interval", "known"), [(15, True), (60, False)])
def test_a_lost_scrape_hides_no_rate_at_fifteen_seconds(interval: int, known: bool) -> None:
    (query,) = (each["metadata"]["query"] for each in worker()["triggers"] if "rate(" in each["metadata"]["query"])
    recorded = Recorded()
    for now in range(0, 601, interval):
        if now != 540:
            recorded.add(now, fleet_of(2, 10, cpu=0.5 * now))
    assert (evaluate(query, recorded, 600) is not None) is known


@pytest.mark.parametrize(("streams", "replicas"), [(5000, 10), (2400, 5), (0, 2)])
def test_apis_follow_their_open_streams(streams: int, replicas: int) -> None:
    labels = [{"namespace": "holdfast", "instance": str(number)} for number in range(10)]
    samples: list[Sample] = [("holdfast_open_streams", each, streams / 10) for each in labels]
    samples += [("process_cpu_seconds_total", each, 1.0) for each in labels]
    assert replicas_after(scaled("api"), samples, 10) == replicas


# ── What promtool says about the same queries ──────────────────────────────────────────────────────────────────────


def series(values: str) -> list[float]:
    """Returns the values of promtool's notation `first+step x times`."""
    found = re.fullmatch(r"(-?[\d.]+)(?:\+([\d.]+))?x(\d+)", values)
    assert found, values
    return [float(found[1]) + float(found[2] or 0) * number for number in range(int(found[3]) + 1)]


def recorded_test() -> tuple[Recorded, list[dict[str, Any]]]:
    (test,) = yaml.safe_load(TRIGGERS.read_text("utf-8"))["tests"]
    columns = []
    for each in test["input_series"]:
        name, labels = each["series"].rstrip("}").split("{")
        columns.append((name, dict(re.findall(r'(\w+)="(.*?)"', labels)), series(each["values"])))
    recorded = Recorded()
    for number in range(len(columns[0][2])):
        recorded.add(24 * number, [(name, labels, values[number]) for name, labels, values in columns])
    return recorded, test["promql_expr_test"]


def test_queries_have_the_values_that_promtool_finds() -> None:
    recorded, expected = recorded_test()
    for each in expected:
        seconds = float(each["eval_time"].removesuffix("s"))
        assert evaluate(each["expr"], recorded, seconds) == pytest.approx(each["exp_samples"][0]["value"])


def test_promtool_checks_every_query_of_the_triggers() -> None:
    queries = {each["metadata"]["query"] for name in ("worker", "api") for each in scaled(name)["triggers"]}
    assert {each["expr"] for each in recorded_test()[1]} == queries


@pytest.mark.parametrize("query", ["sum by (pod) (x)", "x > 1", "x offset 5m", 'x{a=~"b"}', "sum(x", "1 +"])
def test_unknown_promql_is_an_error_not_a_value(query: str) -> None:
    with pytest.raises((ValueError, IndexError)):
        evaluate(query, Recorded(), 0)
