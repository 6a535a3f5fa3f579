"""Asks models for one reply: repeats a failed request, then asks the fall-backs, until the first word.

Readers are informed of each further request.
"""

import asyncio
import random
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Protocol

import structlog

from chat.circuits import Circuits
from chat.events import Event, Retry
from chat.providers.catalog import Model
from worker import metrics
from worker.llm import reply
from worker.llm.delta import Delta
from worker.llm.failures import ModelFailure
from worker.llm.options import NO_OPTIONS, ReplyOptions
from worker.llm.prompt import PromptMessage

FIRST_WAIT = 0.5
LONGEST_WAIT = 20.0

LONGEST_WAIT_BEFORE_OTHERS = 2.0
"""Seconds that are worth waiting where another model can be asked at once."""

OF_MODEL = frozenset(("model_not_found",))
OF_REQUEST = frozenset(("model_context_too_long", "model_bad_request", "model_tool_call", "model_empty_reply"))
"""Codes of failures that say nothing about their provider: the model is unknown there, or the request is the cause."""

logger = structlog.get_logger(__name__)


class Models(Protocol):
    async def stream(
        self, model_id: str, messages: list[PromptMessage], sink: reply.Sink, /, *, options: ReplyOptions = NO_OPTIONS
    ) -> Delta:
        """As `worker.llm.models.Models.stream`."""


class Sink(reply.Sink, Protocol):
    """Takes the deltas of a reply, and other events for its readers."""

    on_begin: Callable[[], None]
    """Is called with the first delta, also after a restart."""

    @property
    def has_begun(self) -> bool:
        """Whether a delta was added, since the last restart if there was one."""

    def add(self, item: Delta | Event, /) -> None: ...


async def ask(
    models: Models,
    circuits: Circuits,
    candidates: Sequence[Model],
    messages: list[PromptMessage],
    options: ReplyOptions,
    sink: Sink,
) -> Delta:
    """Streams the reply of the first of the candidates that gives one. Returns the last delta.

    Those after the first are its fall-backs, in order. Raises `ModelFailure`: of the first candidate that was asked, or
    of a reply that had begun.
    """
    return await _Asking(models, circuits, messages, options, sink).ask(candidates)


class _Asking:
    """Asks for one reply."""

    def __init__(
        self, models: Models, circuits: Circuits, messages: list[PromptMessage], options: ReplyOptions, sink: Sink
    ) -> None:
        self._models = models
        self._circuits = circuits
        self._messages = messages
        self._options = options
        self._sink = sink
        self._request = 1

    async def ask(self, candidates: Sequence[Model]) -> Delta:
        left, failures = list(candidates), list[ModelFailure]()
        while True:
            model, reason = await self._choose(left)
            left.remove(model)
            if failures or model != candidates[0]:
                metrics.FALLBACKS.labels(candidates[0].id).inc()
                self._announce(failures[-1].code if failures else reason, 0, model)
            try:
                return await self._try(model, has_others=bool(left))
            except ModelFailure as failure:
                failures.append(failure)
                if self._sink.has_begun:
                    raise
                if not left or (len(failures) == 1 and failure.code == "model_context_too_long"):
                    raise failures[0] from None

    async def _choose(self, left: list[Model]) -> tuple[Model, str]:
        """Returns the model to ask next, and why the first one is left out, if it is."""
        if len(left) == 1:
            return left[0], ""
        choice = await self._circuits.choose([circuits_of(model) for model in left])
        return left[choice.index], choice.reason

    async def _try(self, model: Model, *, has_others: bool) -> Delta:
        """Repeats the request to a model as long as that is useful. Raises `ModelFailure`."""
        tries = 0
        circuits = circuits_of(model)
        while True:
            tries += 1
            try:
                async with self._reporting(circuits):
                    last = await self._models.stream(model.id, self._messages, self._sink, options=self._options)
            except ModelFailure as failure:
                is_open = await self._count(model, failure)
                if self._sink.has_begun or not failure.retryable or tries >= model.tries:
                    raise
                wait = wait_before(tries, failure.retry_after)
                if has_others and (is_open or is_slow(failure) or wait > LONGEST_WAIT_BEFORE_OTHERS):
                    raise
                self._announce(failure.code, wait)
                await asyncio.sleep(wait)
            else:
                if not self._sink.has_begun:
                    await self._circuits.answered(circuits)
                await self._circuits.succeeded(circuits)
                return last

    @asynccontextmanager
    async def _reporting(self, circuits: tuple[str, str]) -> AsyncIterator[None]:
        """Reports the first delta to the circuits while the answer is read on."""
        reports = list[asyncio.Task[None]]()

        def begun() -> None:
            reports.append(asyncio.create_task(self._circuits.answered(circuits)))

        self._sink.on_begin = begun
        try:
            yield
        finally:
            await asyncio.gather(*reports)

    async def _count(self, model: Model, failure: ModelFailure) -> bool:
        """Logs a failure and counts it for the circuits. Returns whether the model is left out from now on."""
        begun = self._sink.has_begun
        logger.warning("model_failed", code=failure.code, attempt=self._request, begun=begun, **failure.facts)
        if failure.code in OF_REQUEST:
            return False
        provider, own = circuits_of(model)
        return await self._circuits.failed(own if failure.code in OF_MODEL else provider, failure.code)

    def _announce(self, reason: str, wait: float, other: Model | None = None) -> None:
        self._request += 1
        model = other.id if other else None
        self._sink.add(Retry(attempt=self._request, reason=reason, wait_seconds=round(wait, 1), model=model))


def circuits_of(model: Model) -> tuple[str, str]:
    """Returns the names of the circuits on which a model depends: its provider's and its own."""
    return model.provider, f"{model.provider}/{model.id}"


def is_slow(failure: ModelFailure) -> bool:
    """Whether the request took long: a repetition may take as long again."""
    return failure.code == "model_timeout"


def wait_before(attempt: int, retry_after: float | None) -> float:
    """Returns the seconds to wait: as the server asked, otherwise doubling with jitter; at most `LONGEST_WAIT`."""
    wait = FIRST_WAIT * 2 ** (attempt - 1) * random.uniform(0.8, 1.2) if retry_after is None else retry_after
    return min(LONGEST_WAIT, wait)
