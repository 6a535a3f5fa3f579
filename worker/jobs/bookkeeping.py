"""Keeps failures of metrics and traces from failing a turn."""

from collections.abc import Iterator
from contextlib import contextmanager

import structlog

logger = structlog.get_logger(__name__)


@contextmanager
def bookkeeping() -> Iterator[None]:
    """Logs an error of the block and goes on. Logs only its type, because its message may quote anything."""
    try:
        yield
    except Exception as error:
        logger.error("bookkeeping_failed", error=type(error).__name__)
