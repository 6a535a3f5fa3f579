"""Asking the model patiently: before its first word a failed request is repeated, and readers are told."""

import asyncio
import random
from typing import Protocol

import structlog

from chat.events import Retry
from worker.llm import reply
from worker.llm.delta import Delta
from worker.llm.failures import ModelFailure
from worker.llm.prompt import PromptMessage

FIRST_WAIT = 0.5
LONGEST_WAIT = 20.0

logger = structlog.get_logger(__name__)


class Model(Protocol):
    async def stream(self, name: str, messages: list[PromptMessage], sink: reply.Sink, /) -> Delta:
        """As `worker.llm.model.Model.stream`."""


class Sink(reply.Sink, Protocol):
    """Takes a reply as it comes, and what readers are told of its delays."""

    @property
    def has_begun(self) -> bool:
        """Whether any of the reply has come."""

    def add(self, item: Delta | Retry, /) -> None: ...


async def ask(model: Model, name: str, messages: list[PromptMessage], tries: int, sink: Sink) -> Delta:
    """Hand the reply to `sink`, with a `Retry` before each repetition; returns its last delta.

    Raises `ModelFailure` when asking again is no use.
    """
    attempt = 0
    while True:
        attempt += 1
        try:
            return await model.stream(name, messages, sink)
        except ModelFailure as failure:
            logger.warning("model_failed", code=failure.code, attempt=attempt, begun=sink.has_begun)
            if sink.has_begun or not failure.retryable or attempt >= tries:
                raise
            wait = wait_before(attempt, failure.retry_after)
            sink.add(Retry(attempt=attempt + 1, reason=failure.code, wait_seconds=round(wait, 1)))
            await asyncio.sleep(wait)


def wait_before(attempt: int, retry_after: float | None) -> float:
    """Seconds: what the server asked for, else doubling with some chance in it; never more than `LONGEST_WAIT`."""
    wait = FIRST_WAIT * 2 ** (attempt - 1) * random.uniform(0.8, 1.2) if retry_after is None else retry_after
    return min(LONGEST_WAIT, wait)
