"""What is measured of one attempt at a turn."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic

from chat.messages import Usage
from chat.settings import Settings
from chat.telemetry.traces import Span, Traces
from chat.turns import Turn
from worker import metrics
from worker.jobs.bookkeeping import bookkeeping
from worker.llm.delta import Delta
from worker.llm.failures import ModelFailure
from worker.llm.model import Model
from worker.llm.prompt import PromptMessage
from worker.llm.reply import Sink

SHORTEST = 0.1
"""Seconds of a reply that has a speed: one that came all at once has none that anybody could see."""


class Attempt:
    """Told of what happens as it happens: nothing here is asked for by the token."""

    def __init__(self, turn: Turn, settings: Settings, traces: Traces) -> None:
        self._turn = turn
        self._traces = traces
        self.span = traces.span("attempt", turn.trace, holdfast__turn_id=turn.turn_id, holdfast__attempt=turn.attempt)
        self._model = turn.model if turn.model in settings.offered_models else metrics.OTHER
        self._asked_at = self._first_at = 0.0
        metrics.ATTEMPTS.inc()
        if turn.attempt > 1:
            metrics.RESTARTS.inc()

    @bookkeeping()
    def first_text(self) -> None:
        """The reply's first text is in the log. A turn that was started again has had one before."""
        self._first_at = monotonic()
        self.span.event("first token")
        metrics.MODEL_FIRST_TOKEN.labels(self._model).observe(self._first_at - self._asked_at)
        if self._turn.first_token_at is None:
            waited = max(0.0, time.time() - self._turn.created_at)  # two hosts' clocks
            metrics.FIRST_TOKEN.labels(self._model).observe(waited)

    @bookkeeping()
    def over(self, usage: Usage | None, pieces: int) -> None:
        """The model is done or was broken off, after so many pieces of text."""
        tokens = usage.completion_tokens if usage else pieces
        metrics.TOKENS.labels(self._model, "completion", "model" if usage else "pieces").inc(tokens)
        if usage:
            metrics.TOKENS.labels(self._model, "prompt", "model").inc(usage.prompt_tokens)
        if self._first_at and (seconds := monotonic() - self._first_at) > SHORTEST:
            metrics.SPEED.labels(self._model).observe(tokens / seconds)

    @contextmanager
    def asking(self, name: str) -> Iterator[Span]:
        """While one request to the model is under way."""
        self._asked_at = monotonic()
        call = self._traces.span(
            f"chat {name}", self.span.context, "client", gen_ai__operation__name="chat", gen_ai__request__model=name
        )
        try:
            with call:
                yield call
        except ModelFailure as failure:
            self.count(failure)
            raise

    @bookkeeping()
    def count(self, failure: ModelFailure) -> None:
        metrics.MODEL_ERRORS.labels(self._model, failure.code).inc()


class WatchedModel:
    """The model as one attempt asks it."""

    def __init__(self, model: Model, attempt: Attempt) -> None:
        self._model = model
        self._attempt = attempt

    async def stream(self, name: str, messages: list[PromptMessage], sink: Sink) -> Delta:
        """As `worker.llm.model.Model.stream`."""
        with self._attempt.asking(name) as call:
            last = await self._model.stream(name, messages, sink)
            _note(call, last)
        return last


@bookkeeping()
def _note(call: Span, last: Delta) -> None:
    call.note(gen_ai__response__finish_reasons=(last.finish_reason or "stop",))
    if last.usage:
        call.note(
            gen_ai__usage__input_tokens=last.usage.prompt_tokens,
            gen_ai__usage__output_tokens=last.usage.completion_tokens,
        )
