"""Writes the tables of docs/scale.md. Pure."""

from collections.abc import Callable, Iterable, Sequence
from itertools import groupby, pairwise
from math import exp, inf, log

from bench.scale.benchmark import Speed
from bench.scale.check import Check
from bench.scale.fleets import Fleet
from bench.scale.limits import Demand
from bench.scale.load import Load
from bench.scale.process import Prices
from bench.scale.record import Record
from bench.scale.sensitivity import Variant


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def number(value: float) -> str:
    """Returns two significant digits, with separators of thousands."""
    if value == inf:
        return "–"
    if value >= 100:
        digits = 10 ** (len(str(int(value))) - 2)
        return f"{round(value / digits) * digits:,}"
    return f"{value:.2g}"


def checks(found: Sequence[Check], loads: dict[str, Load]) -> str:
    """Shows for each scenario measured and predicted figures, those that were not fitted first."""
    figures = (
        "CPU of worker",
        "CPU of api",
        "CPU of redis",
        "CPU of web",
        "events per second",
        "latency p50",
        "latency p95",
    )
    head = ["scenario", *(name.replace("CPU of ", "") for name in figures)]
    groups = {name: {one.figure: one for one in group} for name, group in groupby(found, lambda one: one.scenario)}
    rows = []
    for name in sorted(groups, key=lambda name: loads[name].fitted):
        cells = [_check(groups[name].get(figure)) for figure in figures]
        rows.append([f"{name} (fitted)" if loads[name].fitted else name, *cells])
    return table(head, rows)


def _check(found: Check | None) -> str:
    if found is None:
        return ""
    if found.figure.startswith("CPU"):
        return f"{100 * found.measured:.1f} → {100 * found.predicted:.1f} % ({found.error:+.0%})"
    return f"{found.measured:,.4g} → {found.predicted:,.4g} ({found.error:+.0%})"


def beyond(found: Iterable[Check]) -> list[Check]:
    """Returns the checks whose prediction is too far off."""
    return [one for one in found if one.is_beyond]


def benchmark(found: Speed) -> str:
    rows = [
        [name, f"{was:.4g}", f"{simulated:.3g}", f"{simulated / was - 1:+.0%}"]
        for name, (was, simulated) in found.rows.items()
    ]
    return table(["`make bench`", "µs per token in bench/README.md", "simulated", "error"], rows)


def prices(fitted: dict[str, Prices], factor: float) -> str:
    """Shows the prices that are not zero, in microseconds."""
    rows = [
        [kind, OPERATION.get(name, name), number(1e6 * value), number(1e6 * value * factor)]
        for kind in ("any", "worker", "redis", "api", "web")
        for name, value in fitted[kind].items()
        if value * 1e6 >= 0.05
    ]
    return table(["process", "operation", "µs as recorded", "µs at the benchmark's speed"], rows)


OPERATION = {
    "seconds": "a second without work",
    "delay": "until it runs when it is to wake up, without CPU time",
    "worker_seconds": "a second of an idle worker, without its claims",
    "crons": "what it does by itself, ten times a second",
    "probes": "a request of an idle API",
    "streams": "a second of an open stream",
    "wakes": "waking up",
    "cold": "waking up after a pause that emptied the caches, in addition",
    "misses": "work after such a pause, in addition",
    "tokens": "a token read from the model",
    "flushes": "a write of a worker",
    "entries": "an event of such a write",
    "batches": "a round trip of a worker",
    "pushes": "handing the events of a round trip to one API",
    "messages": "a published event received",
    "events": "an event sent to a reader",
    "events_to_web": "an event sent to a web tier",
    "stale": "an event to a reader whose last one was long ago, in addition",
    "turns": "a turn, opened and closed",
    "claims": "a claim that finds nothing",
    "wakeups": "a message on the wake channel",
}


def steps(record: Record) -> str:
    rows = [
        [name, number(value)] for name, value in record.steps.items() if name not in ("seconds of it", "KB of a log")
    ]
    return table(["step", "µs of Valkey's command thread"], rows)


def cluster(record: Record) -> str:
    rounds = record.cluster.items()
    names = list(next(iter(record.cluster.values())))
    rows = [[nodes, *(number(found[name]) if found[name] > 0.1 else "0" for name in names)] for nodes, found in rounds]
    return table(["nodes", *names], rows)


def demands(by_size: dict[int, list[Demand]]) -> str:
    """Shows what each part needs at each size, the part that ends first on top."""
    parts = zip(*by_size.values(), strict=True)
    sizes = list(by_size)
    ends = sorted(((ends_at(sizes, part), part) for part in parts), key=lambda pair: pair[0])
    rows = [
        [
            part[0].part,
            *(number(one.needed) for one in part[1:]),
            f"{number(part[0].limit)} {part[0].unit}",
            number(end),
        ]
        for end, part in ends
    ]
    head = ["part", *(f"{size:,}" for size in sizes[1:]), "ends at", "replies at once"]
    return table(head, rows)


def ends_at(sizes: Sequence[int], part: Sequence[Demand]) -> float:
    """Returns the replies at which a part ends, between two sizes as a power of them."""
    pairs = list(zip(sizes, part, strict=True))
    for (size, one), (next_size, other) in pairwise(pairs):
        if other.used >= 1 or next_size == sizes[-1]:
            power = log(other.used / one.used) / log(next_size / size)
            return size * exp(-log(one.used) / power)
    return inf


def fleets(found: Sequence[Fleet]) -> str:
    rows: list[tuple[str, Callable[[Fleet], str]]] = [
        ("regions", lambda one: number(one.regions)),
        ("shards: a Valkey with store and queue, and a replica", lambda one: number(one.shards)),
        ("workers", lambda one: number(one.workers)),
        ("APIs", lambda one: number(one.apis)),
        ("cores of web tiers", lambda one: number(one.web_cores)),
        ("cores of all (at 60 % each)", lambda one: number(one.cores)),
        ("memory of workers, APIs and web tiers, GB", lambda one: number(one.process_gb)),
        ("memory of all Valkeys, GB", lambda one: number(one.redis_gb)),
        ("what readers receive, Gbit/s", lambda one: number(one.gigabits)),
        ("connections to one Valkey", lambda one: number(one.connections)),
    ]
    return table(
        ["replies at once", *(f"{one.replies:,}" for one in found)], [[name, *map(show, found)] for name, show in rows]
    )


def sensitivity(found: Sequence[Variant]) -> str:
    rows = [
        [one.name, number(one.events), number(one.worker), number(one.api), number(one.redis), number(one.turns)]
        for one in found
    ]
    head = [
        "",
        "events per reply and second",
        "replies per worker",
        "streams per API",
        "replies per Valkey",
        "turns per second at 10,000",
    ]
    return table(head, rows)
