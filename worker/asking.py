"""Asking the model patiently: before its first word a failed request is repeated, and readers are told."""

import asyncio
import random
from collections.abc import AsyncGenerator
from contextlib import aclosing

import structlog

from chat.events import Retry
from worker.deltas import Delta
from worker.failures import ModelFailure
from worker.model import Model
from worker.prompt import PromptMessage

FIRST_WAIT = 0.5
LONGEST_WAIT = 20.0

logger = structlog.get_logger(__name__)


async def ask(model: Model, name: str, messages: list[PromptMessage], tries: int) -> AsyncGenerator[Delta | Retry]:
    """The reply's deltas, with a `Retry` before each repetition. Raises `ModelFailure` when it is no use."""
    for attempt in range(1, tries + 1):
        begun = False
        try:
            async with aclosing(model.stream(name, messages)) as deltas:
                async for delta in deltas:
                    begun = True
                    yield delta
            return
        except ModelFailure as failure:
            logger.warning("model_failed", code=failure.code, attempt=attempt, begun=begun)
            if begun or not failure.retryable or attempt == tries:
                raise
            wait = wait_before(attempt, failure.retry_after)
            yield Retry(attempt=attempt + 1, reason=failure.code, wait_seconds=round(wait, 1))
            await asyncio.sleep(wait)


def wait_before(attempt: int, retry_after: float | None) -> float:
    """Seconds: what the server asked for, else doubling with some chance in it; never more than `LONGEST_WAIT`."""
    wait = FIRST_WAIT * 2 ** (attempt - 1) * random.uniform(0.8, 1.2) if retry_after is None else retry_after
    return min(LONGEST_WAIT, wait)
