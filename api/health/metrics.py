"""The Prometheus metrics of this process."""

from collections.abc import Iterable
from typing import Literal, get_args

import prometheus_client
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector

from api.health.limit_names import limits
from chat.messages import VOTES
from chat.store.errors import ERRORS

Cause = Literal["opened", "hole", "idle", "overflow", "reconnected", "changed", "outage"]
"""Why a reader reads the log: it is new; a `seq` is missing; no event came for some seconds; its buffer was full; the
feed reconnected; the log changed without an event; the store was unreachable."""

LAG = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)

prometheus_client.disable_created_metrics()  # type: ignore[no-untyped-call]  # `_created` series are of no use here


class Metrics:
    """The metrics, in one registry per application. Known label values exist from the start, at zero."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        self.registry.register(ERRORS)
        self.turns_opened = self._counter("turns_opened", "Turns accepted here")
        self.turns_ended = self._counter(
            "turns_ended", "Turns that this API process ended: those stopped without a worker", "outcome", "reason"
        )
        self.turns_ended.labels("cancelled", "cancelled")
        self.limits_hit = self._counter("limits_hit", "Requests refused by a limit", "limit")
        for limit in limits():
            self.limits_hit.labels(limit)
        self.requests_counted_locally = self._counter(
            "requests_counted_locally",
            "Requests that this process counted alone because the store did not answer in time",
        )
        self.feedback = self._counter(
            "feedback",
            "Votes on replies, by the model that wrote the reply; a changed vote counts again",
            "vote",
            "model",
        )
        self.approvals = self._counter("approvals", "Answers of users to questions about calls of tools", "answer")
        for answer in ("allowed", "allowed_session", "denied", "answered"):
            self.approvals.labels(answer)
        self.open_streams = Gauge("holdfast_open_streams", "Readers that follow a turn here", registry=self.registry)
        self.catch_up_reads = self._counter(
            "catch_up_reads", "Times that a reader here read the log instead of the live feed", "cause"
        )
        for cause in get_args(Cause):
            self.catch_up_reads.labels(cause)
        self.feed_lag = self._lag("feed_lag", "Time from publishing a probe to receiving it here, once a second")
        self.stream_lag = self._lag(
            "stream_lag", "Time from receiving an event to having sent it to its reader, for one event a second"
        )

        self.loop_lag = self._lag("loop_lag", "Time until the event loop answers the watchdog here, once a second")

    def know_models(self, models: Iterable[str]) -> None:
        """Gives the counter of votes its series: one for each model, and one for those that are no longer offered."""
        for model in (*models, "other"):
            for vote in VOTES:
                self.feedback.labels(vote, model)

    def _counter(self, name: str, text: str, *labels: str) -> Counter:
        return Counter(f"holdfast_{name}", text, labels, registry=self.registry)

    def _lag(self, name: str, text: str) -> Histogram:
        return Histogram(f"holdfast_{name}_seconds", text, buckets=LAG, registry=self.registry)
