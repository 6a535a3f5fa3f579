"""Defines the Prometheus metrics of a worker and serves them."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import prometheus_client
from prometheus_client import Counter, Gauge, Histogram, start_http_server

from chat.settings import Settings
from chat.store.errors import ERRORS
from worker import turn_errors
from worker.llm import delta, failures

PICKUP_BUCKETS = (0.005, 0.01, 0.02, 0.04, 0.06, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300)
LAG_BUCKETS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
FIRST_TOKEN_BUCKETS = (0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1, 1.5, 2, 3, 5, 10, 20, 30, 60)
SPEED_BUCKETS = (1, 2, 5, 10, 20, 30, 40, 50, 75, 100, 150, 200, 500)
TOOL_BUCKETS = (0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900)
OTHER_MODEL = "other"
"""Label of models that are not in this worker's settings, because their number has no bound."""

prometheus_client.disable_created_metrics()  # type: ignore[no-untyped-call]  # times at which series began, which nothing uses

RUNNING = Gauge("holdfast_turns_running", "Turns running in this worker")
SLOTS = Gauge("holdfast_worker_slots", "Turns that may run in this worker at once")
HEARTBEAT = Gauge("holdfast_worker_heartbeat_timestamp_seconds", "When this worker last renewed its leases, since 1970")
PICKUP = Histogram(
    "holdfast_pickup_seconds", "From a job's due time to its claim, by Redis' clock", buckets=PICKUP_BUCKETS
)
LOOP_LAG = Histogram(
    "holdfast_loop_lag_seconds",
    "Time until the event loop answers the watchdog here, once a second",
    buckets=LAG_BUCKETS,
)
ATTEMPTS = Counter("holdfast_attempts", "Attempts begun by this worker")
RESTARTS = Counter("holdfast_restarts", "Attempts begun by this worker that made a reply again")
RESUMES = Counter("holdfast_resumes", "Attempts begun by this worker that went on with the text of earlier ones")
ISOLATED = Counter(
    "holdfast_isolated_attempts", "Attempts begun in a process of their own because earlier ones were lost"
)
LEASE_LOSSES = Counter("holdfast_lease_losses", "Jobs cancelled in this worker because their lease was lost")
ENDED = Counter("holdfast_turns_ended", "Turns closed by this worker", ["outcome", "reason"])
FIRST_TOKEN = Histogram(
    "holdfast_first_token_seconds",
    "From accepting a question to the first text of its reply in the log",
    ["model"],
    buckets=FIRST_TOKEN_BUCKETS,
)
MODEL_FIRST_TOKEN = Histogram(
    "holdfast_model_first_token_seconds",
    "From a request to a model to its first text in the log",
    ["model"],
    buckets=FIRST_TOKEN_BUCKETS,
)
SPEED = Histogram(
    "holdfast_reply_tokens_per_second",
    "Speed of a whole reply, measured from its first text",
    ["model"],
    buckets=SPEED_BUCKETS,
)
TOKENS = Counter(
    "holdfast_tokens",
    "Tokens as the model counted them, otherwise pieces of text",
    ["model", "kind", "counted_by"],
)
DELTAS = Counter("holdfast_deltas", "Pieces of text received from models, about one token each")
MODEL_ERRORS = Counter(
    "holdfast_model_errors", "Failed requests to a model, including repeated ones", ["model", "kind"]
)
FALLBACKS = Counter("holdfast_fallbacks", "Requests to a fall-back of a model that failed or is left out", ["model"])
TOOL_CALLS = Counter("holdfast_tool_calls", "Calls of tools of tool servers", ["server", "tool", "status"])
TOOL_FAILURES = Counter(
    "holdfast_tool_failures", "Calls of tools without a result, by the code of the error", ["server", "code"]
)
TOOL_SECONDS = Histogram(
    "holdfast_tool_seconds", "Duration of a call of a tool", ["server", "tool"], buckets=TOOL_BUCKETS
)
TOOL_SERVER_UP = Gauge("holdfast_tool_server_up", "Whether this worker reaches a tool server", ["server"])
ODDITIES = Counter("holdfast_model_oddities", "Answers of model servers that deviate from the contract", ["kind"])

prometheus_client.REGISTRY.register(ERRORS)


class PortTaken(Exception):
    """Raised when the worker cannot listen on `METRICS_PORT`. The message contains the address and the cause."""


def prepare(settings: Settings) -> None:
    """Sets the number of slots, and creates all labelled series at zero."""
    SLOTS.set(settings.worker_slots)
    for outcome, reason in (
        ("done", "stop"),
        ("done", "length"),
        ("done", "content_filter"),
        ("cancelled", "cancelled"),
    ):
        ENDED.labels(outcome, reason)
    for code in turn_errors.CODES:
        ENDED.labels("failed", code)
    for kind in delta.ODDITIES:
        ODDITIES.labels(kind)
    for model in (*settings.offered_models, OTHER_MODEL):
        for labelled in (FIRST_TOKEN, MODEL_FIRST_TOKEN, SPEED):
            labelled.labels(model)
        for counted in (("prompt", "model"), ("completion", "model"), ("completion", "pieces")):
            TOKENS.labels(model, *counted)
        FALLBACKS.labels(model)
        for code in failures.CODES:
            MODEL_ERRORS.labels(model, code)


@contextmanager
def served(settings: Settings) -> Iterator[None]:
    """Serves the metrics on `METRICS_PORT` until the block ends. Raises `PortTaken`.

    A thread serves them, so that they show a worker whose event loop hangs.
    """
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
        with suppress(OSError):  # wakes the thread, which otherwise looks for its end twice a second
            server.socket.shutdown(socket.SHUT_RDWR)
        server.shutdown()
        server.server_close()
        thread.join()
