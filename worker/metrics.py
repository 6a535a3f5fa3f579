"""What a worker counts for Prometheus, and the address at which it tells."""

from collections.abc import Iterator
from contextlib import contextmanager

import prometheus_client
from prometheus_client import Counter, Gauge, Histogram, start_http_server

from chat.settings import Settings
from worker.llm import delta
from worker.llm.failures import CODES

FEW = (0.005, 0.01, 0.02, 0.04, 0.06, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300)
FIRST = (0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1, 1.5, 2, 3, 5, 10, 20, 30, 60)
SPEEDS = (1, 2, 5, 10, 20, 30, 40, 50, 75, 100, 150, 200, 500)
OTHER = "other"
"""In place of a model that is not in this worker's settings: names from elsewhere may be any number of names."""

prometheus_client.disable_created_metrics()  # type: ignore[no-untyped-call]  # when a figure began is of no use to anybody

RUNNING = Gauge("holdfast_turns_running", "Turns that run here")
SLOTS = Gauge("holdfast_worker_slots", "Turns that may run here at once")
HEARTBEAT = Gauge("holdfast_worker_heartbeat_timestamp_seconds", "When the leases were last renewed here, since 1970")
PICKUP = Histogram("holdfast_pickup_seconds", "From being due to being claimed, by Redis' clock", buckets=FEW)
ATTEMPTS = Counter("holdfast_attempts", "Attempts at turns that were begun here")
RESTARTS = Counter("holdfast_restarts", "Those of them that were not a turn's first")
ISOLATED = Counter("holdfast_isolated_attempts", "Attempts begun in a process of their own, after losses of their turn")
LEASE_LOSSES = Counter("holdfast_lease_losses", "Jobs broken off here because their lease was lost")
ENDED = Counter("holdfast_turns_ended", "Turns ended here", ["outcome", "reason"])
FIRST_TOKEN = Histogram(
    "holdfast_first_token_seconds",
    "From taking a question to its reply's first text in the log",
    ["model"],
    buckets=FIRST,
)
MODEL_FIRST_TOKEN = Histogram(
    "holdfast_model_first_token_seconds", "From asking a model to its first text in the log", ["model"], buckets=FIRST
)
SPEED = Histogram(
    "holdfast_reply_tokens_per_second", "Speed of a whole reply, from its first text on", ["model"], buckets=SPEEDS
)
TOKENS = Counter(
    "holdfast_tokens",
    "Tokens as the model counted them; without its count, pieces of text",
    ["model", "kind", "counted_by"],
)
DELTAS = Counter("holdfast_deltas", "Pieces of text that came from models, about a token each, as they come")
MODEL_ERRORS = Counter(
    "holdfast_model_errors", "Failed requests to a model, also those that were repeated", ["model", "kind"]
)


ODDITIES = Counter(
    "holdfast_model_oddities", "Answers of model servers with something that the contract does not have", ["kind"]
)


class PortTaken(Exception):
    """Nobody can listen at `METRICS_PORT`; the text tells where and why."""


def prepare(settings: Settings) -> None:
    """Have everything there from the start, at zero."""
    SLOTS.set(settings.worker_slots)
    for outcome, reason in (
        ("done", "stop"),
        ("done", "length"),
        ("done", "content_filter"),
        ("cancelled", "cancelled"),
    ):
        ENDED.labels(outcome, reason)
    for code in (*CODES, "attempts_exhausted", "job_lost", "turn_timeout", "internal_error"):
        ENDED.labels("failed", code)
    for kind in delta.ODDITIES:
        ODDITIES.labels(kind)
    for model in (*settings.offered_models, OTHER):
        for labelled in (FIRST_TOKEN, MODEL_FIRST_TOKEN, SPEED):
            labelled.labels(model)
        for counted in (("prompt", "model"), ("completion", "model"), ("completion", "pieces")):
            TOKENS.labels(model, *counted)
        for code in CODES:
            MODEL_ERRORS.labels(model, code)


@contextmanager
def served(settings: Settings) -> Iterator[None]:
    """Answer at `METRICS_PORT`, from a thread of its own, which tells of a worker that hangs. Raises `PortTaken`."""
    prepare(settings)
    if not settings.metrics_port:
        yield
        return
    try:
        server, thread = start_http_server(settings.metrics_port, settings.host)
    except OSError as error:
        raise PortTaken(f"{settings.host}:{settings.metrics_port}: {error.strerror}") from error
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
