"""Configures structured logs: one line per event, with ids, never with message text or keys."""

import logging
import sys

import structlog

from chat.settings import Settings
from chat.telemetry import tracebacks

OURS = ("api", "chat", "worker")
"""Packages whose loggers use `LOG_LEVEL`."""


def configure(settings: Settings, process: str) -> None:
    """Sends all records, those of libraries too, to stderr as console lines or JSON (`LOG_FORMAT`)."""
    shared: list[structlog.types.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
        tracebacks.plain,
    ]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*shared, tracebacks.first_line],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, _renderer(settings)],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(max(logging.WARNING, logging.getLevelNamesMapping()[settings.log_level]))
    for package in OURS:  # not libraries: their records below WARNING contain requests
        logging.getLogger(package).setLevel(settings.log_level)
    structlog.contextvars.bind_contextvars(process=process)


def _renderer(settings: Settings) -> structlog.types.Processor:
    if settings.log_format == "json":
        return structlog.processors.JSONRenderer(ensure_ascii=False)
    return structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
