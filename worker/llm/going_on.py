"""Has a model go on with a reply, and make it again where it cannot."""

from collections.abc import Awaitable, Callable
from typing import Protocol

import structlog

from worker import metrics
from worker.llm import tries
from worker.llm.delta import Delta
from worker.llm.failures import ModelFailure
from worker.llm.seam import NotContinued

REFUSALS = ("model_bad_request", "model_not_found", "model_context_too_long")
"""Codes of failures by which a server may refuse to continue a reply, although it would make one."""

logger = structlog.get_logger(__name__)


class Sink(tries.Sink, Protocol):
    """Takes the deltas of a reply that may be made again."""

    def restart(self) -> None:
        """Voids the text so far."""


Ask = Callable[[Sink], Awaitable[Delta]]


async def go_on(continued: Ask, anew: Ask, sink: Sink, *, keeps: bool) -> Delta:
    """Returns the last delta of `continued`, or of `anew` where the model does not continue the text.

    `keeps`: the text so far is worth more than a reply that is made again. Then `anew` is asked only where the model
    does not continue that text, otherwise after any failure. Once new text was added, the model is not asked again.
    Raises `ModelFailure`.
    """
    try:
        return await continued(sink)
    except NotContinued:
        reason = "seam"
    except ModelFailure as failure:
        if sink.has_begun or (keeps and failure.code not in REFUSALS):
            raise
        reason = failure.code
    logger.warning("reply_not_continued", reason=reason)
    metrics.RESTARTS.inc()
    sink.restart()
    return await anew(sink)
