"""Metrics and traces beside a turn, which can never fail it."""

from collections.abc import Iterator
from contextlib import contextmanager

import structlog

logger = structlog.get_logger(__name__)


@contextmanager
def bookkeeping() -> Iterator[None]:
    """Log what goes wrong in here, and go on. The words of an error may quote anything, so its type is logged."""
    try:
        yield
    except Exception as error:
        logger.error("bookkeeping_failed", error=type(error).__name__)
