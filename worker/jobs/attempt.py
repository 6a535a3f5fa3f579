"""Measures one attempt at a turn: metrics and spans."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic

from chat.settings import Settings
from chat.telemetry.traces import Span, Traces
from chat.turn_record import Turn
from chat.usage import Usage
from worker import metrics
from worker.jobs.bookkeeping import bookkeeping
from worker.llm.continuation import Continuation
from worker.llm.delta import Delta
from worker.llm.failures import ModelFailure
from worker.llm.models import Models
from worker.llm.options import NO_OPTIONS, ReplyOptions
from worker.llm.prompt import PromptMessage
from worker.llm.reply import Sink

MIN_SPEED_SECONDS = 0.1
"""A reply that took less came all at once, so its speed is not recorded."""


class Attempt:
    """Records the events of an attempt as they happen. Nothing here runs per token."""

    def __init__(self, turn: Turn, settings: Settings, traces: Traces, *, goes_on: bool = False) -> None:
        self._turn = turn
        self._traces = traces
        self.span = traces.span("attempt", turn.trace, holdfast__turn_id=turn.turn_id, holdfast__attempt=turn.attempt)
        self._offered = settings.offered_models
        self.model_id = turn.model
        """The id of the model that was asked last."""

        self.persona_name: str | None = None
        """The name of the persona, where it is one of the user's own."""

        self.pieces: Callable[[], int] = lambda: 0
        """Returns how many pieces of text have come so far."""

        self.is_read_on = False
        """Whether another attempt reads the rest of the same answer, and counts all of it."""

        self._model = self._label()
        self._asked_at = self._first_at = 0.0
        self._answers = self._tokens = self._counted_pieces = 0
        self._has_usage = False
        metrics.ATTEMPTS.inc()
        if turn.attempt > 1:
            (metrics.RESUMES if goes_on else metrics.RESTARTS).inc()

    @bookkeeping()
    def first_text(self) -> None:
        """Records that the reply's first text is in the log.

        `FIRST_TOKEN` gets one value per turn: none if an earlier attempt had its first text.
        """
        self._first_at = monotonic()
        self.span.event("first token")
        metrics.MODEL_FIRST_TOKEN.labels(self._model).observe(self._first_at - self._asked_at)
        if self._turn.first_token_at is None:
            waited = max(0.0, time.time() - self._turn.created_at)  # two hosts' clocks may differ
            metrics.FIRST_TOKEN.labels(self._model).observe(waited)

    @bookkeeping()
    def answered(self, usage: Usage | None) -> None:
        """Counts the tokens of one request, whose answer is complete.

        Those of each request are counted by the attempt that made it: a reply's usage has the steps of earlier
        attempts, too.
        """
        self._answers += 1
        if usage:
            self._has_usage = True
            self._tokens += usage.completion_tokens
            metrics.TOKENS.labels(self._model, "completion", "model").inc(usage.completion_tokens)
            metrics.TOKENS.labels(self._model, "prompt", "model").inc(usage.prompt_tokens)

    @bookkeeping()
    def _count_pieces(self) -> None:
        """Counts the pieces of text since the last call, unless the model has counted the tokens."""
        pieces, self._counted_pieces = self.pieces() - self._counted_pieces, self.pieces()
        if not (self._has_usage or self.is_read_on):
            self._tokens += pieces
            metrics.TOKENS.labels(self._model, "completion", "pieces").inc(pieces)
        self._has_usage = False

    @bookkeeping()
    def over(self) -> None:
        """Records that the model has finished or was cancelled.

        The speed of a reply with several requests is not recorded: the tools between them take time, too.
        """
        self._count_pieces()
        seconds = monotonic() - self._first_at if self._first_at else 0.0
        if seconds > MIN_SPEED_SECONDS and self._answers < 2:
            metrics.SPEED.labels(self._model).observe(self._tokens / seconds)

    @contextmanager
    def model_request(self, name: str) -> Iterator[Span]:
        """Traces one request to the model, and counts its failure."""
        self._count_pieces()  # of the request before: all of its text is in the log
        self.model_id, self._asked_at = name, monotonic()
        self._model = self._label()
        call = self._traces.span(
            f"chat {name}", self.span.context, "client", gen_ai__operation__name="chat", gen_ai__request__model=name
        )
        try:
            with call:
                yield call
        except ModelFailure as failure:
            self.count(failure)
            raise

    def _label(self) -> str:
        return self.model_id if self.model_id in self._offered else metrics.OTHER_MODEL

    @bookkeeping()
    def count(self, failure: ModelFailure) -> None:
        """Counts a failed request to the model."""
        metrics.MODEL_ERRORS.labels(self._model, failure.code).inc()


class WatchedModels:
    """Models that record each request of one attempt. With a `continuation` they go on with that reply."""

    def __init__(self, models: Models, attempt: Attempt, continuation: Continuation | None = None) -> None:
        self._models = models
        self._attempt = attempt
        self._continuation = continuation

    async def stream(
        self, name: str, messages: list[PromptMessage], sink: Sink, *, options: ReplyOptions = NO_OPTIONS
    ) -> Delta:
        """As `worker.llm.models.Models.stream`."""
        with self._attempt.model_request(name) as call:
            last = await self._models.stream(name, messages, sink, options=options, continuation=self._continuation)
            self._attempt.answered(last.usage)
            _record_end(call, last)
        return last


@bookkeeping()
def _record_end(call: Span, last: Delta) -> None:
    call.note(gen_ai__response__finish_reasons=(last.finish_reason or "stop",))
    if last.usage:
        call.note(
            gen_ai__usage__input_tokens=last.usage.prompt_tokens,
            gen_ai__usage__output_tokens=last.usage.completion_tokens,
        )
