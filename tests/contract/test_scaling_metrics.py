"""The triggers of deploy/k8s/autoscaling.yaml have values in the metrics of real processes."""

from tests.autoscaling.fleet import Fleet
from tests.autoscaling.promql import Recorded, Sample, evaluate
from tests.autoscaling.specs import scaled
from tests.support.scrapes import Scrapes
from tests.support.sse import Transcript
from tests.support.stack import Stack

QUERIES = [trigger["metadata"]["query"] for name in ("worker", "api") for trigger in scaled(name)["triggers"]]


async def scraped(stack: Stack) -> dict[str, list[Sample]]:
    """Returns the samples of each tier, with the labels that the cluster adds."""
    scrapes = await Scrapes().look(stack.url, *stack.worker_urls)
    found: dict[str, list[Sample]] = {"api": [], "worker": []}
    for url, samples in scrapes.samples.items():
        tier = "api" if url == stack.url else "worker"
        added = {"namespace": "holdfast", "instance": url, "job": tier}
        found[tier] += [(name, {**labels, **added}, value) for name, labels, value in samples]
    return found


async def test_a_running_turn_counts_in_the_triggers(stack: Stack, half_read: Transcript) -> None:
    recorded = Recorded()
    for time in (0, 15):
        tiers = await scraped(stack)
        recorded.add(time, [*tiers["api"], *tiers["worker"]])
    values = {query: evaluate(query, recorded, 15) for query in QUERIES}
    assert all(value is not None and value >= 0 for value in values.values()), values
    slots = next(value for name, _, value in tiers["worker"] if name == "holdfast_worker_slots")
    assert (values[QUERIES[0]] or 0) * slots >= 1


async def test_the_simulated_fleet_has_the_metrics_of_the_product(stack: Stack) -> None:
    tiers = await scraped(stack)
    fleet = Fleet(600)
    fleet.scale(1, -100)
    for name, labels, _ in fleet.scraped(0):
        real = [carried for sample, carried, _ in tiers[labels["job"]] if sample == name]
        assert real, name
        assert {*real[0], "pod"} == set(labels), name
