"""Repeats a failed model request until the first word of the reply, and informs readers of each repetition."""

import asyncio
import random
from typing import Protocol

import structlog

from chat.events import Event, Retry
from worker.llm import reply
from worker.llm.delta import Delta
from worker.llm.failures import ModelFailure
from worker.llm.prompt import PromptMessage

FIRST_WAIT = 0.5
LONGEST_WAIT = 20.0

logger = structlog.get_logger(__name__)


class Models(Protocol):
    async def stream(
        self, model_id: str, messages: list[PromptMessage], sink: reply.Sink, /, *, thinking: bool | None = None
    ) -> Delta:
        """As `worker.llm.models.Models.stream`."""


class Sink(reply.Sink, Protocol):
    """Takes the deltas of a reply, and other events for its readers."""

    @property
    def has_begun(self) -> bool:
        """Whether a delta was added."""

    def add(self, item: Delta | Event, /) -> None: ...


async def ask(
    models: Models, name: str, messages: list[PromptMessage], tries: int, thinking: bool | None, sink: Sink
) -> Delta:
    """Streams the reply into `sink`, with a `Retry` before each repetition. Returns the last delta.

    Raises `ModelFailure` when no further try is allowed or useful.
    """
    attempt = 0
    while True:
        attempt += 1
        try:
            return await models.stream(name, messages, sink, thinking=thinking)
        except ModelFailure as failure:
            logger.warning("model_failed", code=failure.code, attempt=attempt, begun=sink.has_begun, **failure.facts)
            if sink.has_begun or not failure.retryable or attempt >= tries:
                raise
            wait = wait_before(attempt, failure.retry_after)
            sink.add(Retry(attempt=attempt + 1, reason=failure.code, wait_seconds=round(wait, 1)))
            await asyncio.sleep(wait)


def wait_before(attempt: int, retry_after: float | None) -> float:
    """Returns the seconds to wait: as the server asked, otherwise doubling with jitter; at most `LONGEST_WAIT`."""
    wait = FIRST_WAIT * 2 ** (attempt - 1) * random.uniform(0.8, 1.2) if retry_after is None else retry_after
    return min(LONGEST_WAIT, wait)
