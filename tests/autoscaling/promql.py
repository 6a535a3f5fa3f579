"""Evaluates the part of PromQL that the triggers use.

Selectors with `=`, `rate`, aggregations without grouping, arithmetic, and `and on (…)`; as in
https://prometheus.io/docs/prometheus/latest/querying/basics/. Anything else raises `ValueError`.
"""

import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import pairwise

Labels = frozenset[tuple[str, str]]
Vector = dict[Labels, float]
Sample = tuple[str, Mapping[str, str], float]
Evaluation = Callable[["Recorded", float], Vector | float]

LOOKBACK = 300.0
TOKEN = re.compile(r'\s*(?:(\d+(?:\.\d+)?(?![\w.]))|(\d+[smh])|([A-Za-z_:][\w:]*)|("[^"]*")|([-+*/(){},=\[\]]))')
UNITS = {"s": 1, "m": 60, "h": 3600}
AGGREGATIONS: dict[str, Callable[[list[float]], float]] = {
    "sum": sum,
    "max": max,
    "min": min,
    "avg": lambda values: sum(values) / len(values),
    "count": lambda values: float(len(values)),
}
ARITHMETIC = {"+": operator.add, "-": operator.sub, "*": operator.mul, "/": operator.truediv}


@dataclass
class Recorded:
    """What Prometheus scraped, in order of time. A series that a scrape lacks is stale, as if its target had left."""

    scrapes: list[tuple[float, dict[str, Vector]]] = field(default_factory=list)

    def add(self, time: float, samples: list[Sample]) -> None:
        series: dict[str, Vector] = {}
        for name, labels, value in samples:
            series.setdefault(name, {})[frozenset(labels.items())] = value
        self.scrapes.append((time, series))

    def between(self, after: float, until: float) -> list[tuple[float, dict[str, Vector]]]:
        found = []
        for scrape in reversed(self.scrapes):
            if scrape[0] <= after:
                break
            if scrape[0] <= until:
                found.append(scrape)
        return found[::-1]


def evaluate(query: str, recorded: Recorded, now: float) -> float | None:
    """Returns the single value of a query, or None for an empty result. Raises `ValueError` for more than one value."""
    value = _Parser(query).parsed()(recorded, now)
    if isinstance(value, float):
        return value
    if len(value) > 1:
        raise ValueError(f"{len(value)} values: {query}")
    return next(iter(value.values()), None)


class _Parser:
    def __init__(self, query: str) -> None:
        self._query = query
        self._tokens = []
        position = 0
        while query[position:].strip():
            found = TOKEN.match(query, position)
            if not found:
                raise ValueError(f"cannot read: {query[position:]}")
            self._tokens.append(found[found.lastindex or 0])
            position = found.end()
        self._tokens.append("")

    def parsed(self) -> Evaluation:
        whole = self._conjunction()
        self._take("")
        return whole

    def _take(self, *wanted: str) -> str:
        token = self._tokens.pop(0)
        if wanted and token not in wanted:
            raise ValueError(f"{token!r} instead of {wanted}: {self._query}")
        return token

    def _conjunction(self) -> Evaluation:
        left = self._sum()
        while self._tokens[0] == "and":
            self._take()
            self._take("on")
            names = self._names()
            left = _both(left, self._sum(), names)
        return left

    def _names(self) -> set[str]:
        self._take("(")
        names = {self._take()}
        while self._take(",", ")") == ",":
            names.add(self._take())
        return names

    def _sum(self) -> Evaluation:
        left = self._product()
        while self._tokens[0] in ("+", "-"):
            left = _combined(ARITHMETIC[self._take()], left, self._product())
        return left

    def _product(self) -> Evaluation:
        left = self._atom()
        while self._tokens[0] in ("*", "/"):
            left = _combined(ARITHMETIC[self._take()], left, self._atom())
        return left

    def _atom(self) -> Evaluation:
        token = self._take()
        if token == "(":
            inner = self._conjunction()
            self._take(")")
            return inner
        if token[0].isdigit():
            return lambda recorded, now: float(token)
        if token in AGGREGATIONS and self._tokens[0] == "(":
            self._take("(")
            inner = self._conjunction()
            self._take(")")
            return _aggregated(AGGREGATIONS[token], inner)
        if token == "rate":
            return self._rate()
        return self._selector(token)

    def _selector(self, name: str) -> Evaluation:
        wanted = self._matchers()

        def look(recorded: Recorded, now: float) -> Vector:
            newest = recorded.between(now - LOOKBACK, now)
            return (
                {labels: value for labels, value in newest[-1][1].get(name, {}).items() if wanted <= labels}
                if newest
                else {}
            )

        return look

    def _matchers(self) -> Labels:
        wanted = set()
        if self._tokens[0] == "{":
            while self._take("{", ",", "}") != "}":
                label = self._take()
                self._take("=")
                wanted.add((label, self._take().strip('"')))
        return frozenset(wanted)

    def _rate(self) -> Evaluation:
        self._take("(")
        name, wanted = self._take(), self._matchers()
        self._take("[")
        window = self._take()
        self._take("]")
        self._take(")")
        return lambda recorded, now: _rates(recorded, now, int(window[:-1]) * UNITS[window[-1]], name, wanted)


def _both(left: Evaluation, right: Evaluation, names: set[str]) -> Evaluation:
    def conjunction(recorded: Recorded, now: float) -> Vector:
        others = {frozenset(each for each in labels if each[0] in names) for labels in _vector(right(recorded, now))}
        found = _vector(left(recorded, now)).items()
        return {
            labels: value for labels, value in found if frozenset(each for each in labels if each[0] in names) in others
        }

    return conjunction


def _vector(value: Vector | float) -> Vector:
    if isinstance(value, float):
        raise ValueError("a number where a vector has to be")
    return value


def _combined(operation: Callable[[float, float], float], left: Evaluation, right: Evaluation) -> Evaluation:
    def arithmetic(recorded: Recorded, now: float) -> Vector | float:
        one, other = left(recorded, now), right(recorded, now)
        if isinstance(one, float) and isinstance(other, float):
            return operation(one, other)
        if isinstance(other, float):
            return {labels: operation(value, other) for labels, value in _vector(one).items()}
        if isinstance(one, float):
            return {labels: operation(one, value) for labels, value in other.items()}
        return {labels: operation(value, other[labels]) for labels, value in one.items() if labels in other}

    return arithmetic


def _aggregated(function: Callable[[list[float]], float], inner: Evaluation) -> Evaluation:
    def aggregation(recorded: Recorded, now: float) -> Vector:
        values = list(_vector(inner(recorded, now)).values())
        return {frozenset(): float(function(values))} if values else {}

    return aggregation


def _rates(recorded: Recorded, now: float, window: float, name: str, wanted: Labels) -> Vector:
    """Returns the increase per second of each series with two samples in the window, extrapolated like Prometheus."""
    scrapes = recorded.between(now - window, now)
    samples: dict[Labels, list[tuple[float, float]]] = {}
    for time, series in scrapes:
        for labels, value in series.get(name, {}).items():
            if wanted <= labels:
                samples.setdefault(labels, []).append((time, value))
    return {labels: _rate(points, now - window, now) for labels, points in samples.items() if len(points) > 1}


def _rate(points: list[tuple[float, float]], start: float, end: float) -> float:
    (first, low), (last, _) = points[0], points[-1]
    increase = points[-1][1] - low + sum(a[1] for a, b in pairwise(points) if b[1] < a[1])  # after a restart from 0
    spacing = (last - first) / (len(points) - 1)
    before, after = first - start, end - last
    if before >= spacing * 1.1:
        before = spacing / 2
    if increase > 0 and low >= 0:
        before = min(before, (last - first) * low / increase)
    if after >= spacing * 1.1:
        after = spacing / 2
    return increase * (last - first + before + after) / (last - first) / (end - start)
