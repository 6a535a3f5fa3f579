"""Tracebacks in the log name the error and its location, without any user text."""

import asyncio
import gc
import io
import json
import logging
import sys
from collections.abc import Iterator
from typing import Any

import pytest
import structlog
from pydantic import BaseModel

from chat.settings import Settings
from chat.telemetry import logs

USER_TEXT = "words-that-nobody-logs"


class Number(BaseModel):
    value: int


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    """Captures the log at the DEBUG level."""
    root, stream = logging.getLogger(), io.StringIO()
    handlers, level = root.handlers, root.level
    monkeypatch.setattr(sys, "stderr", stream)
    logs.configure(Settings(log_format="json", log_level="DEBUG"), "test")
    yield stream
    root.handlers = handlers
    root.setLevel(level)
    for name in logs.OURS:
        logging.getLogger(name).setLevel(logging.NOTSET)
    structlog.reset_defaults()
    structlog.contextvars.clear_contextvars()


def fail() -> None:
    try:
        Number.model_validate({"value": USER_TEXT})
    except ValueError as error:
        raise RuntimeError(f"cannot do {USER_TEXT}") from error


def line(stream: io.StringIO) -> dict[str, Any]:
    assert USER_TEXT not in stream.getvalue()
    return dict(json.loads(stream.getvalue()))


def test_an_error_is_logged_by_type_and_location(log: io.StringIO) -> None:
    try:
        fail()
    except RuntimeError:
        structlog.get_logger("api.test").exception("request_broke")
    shown = line(log)["exception"]
    assert "ValidationError" in shown
    assert shown.endswith("RuntimeError")
    assert "in fail" in shown


def test_an_error_in_a_librarys_message_is_masked(log: io.StringIO) -> None:
    try:
        fail()
    except RuntimeError as error:
        logging.getLogger("arq.worker").exception("%s failed, %s: %s", "job", type(error).__name__, error)
    assert line(log)["event"] == "job failed, RuntimeError: …"


def test_library_messages_below_warning_are_not_logged(log: io.StringIO) -> None:
    for name in ("httpx2", "openai._base_client", "redis", "uvicorn.access", "anything.else"):
        logging.getLogger(name).info("GET /chat/stream?message=%s", USER_TEXT)
        logging.getLogger(name).debug(USER_TEXT)
    assert log.getvalue() == ""
    structlog.get_logger("worker.test").debug("seen")
    assert line(log)["event"] == "seen"


async def test_an_unretrieved_task_error_is_logged_without_values(log: io.StringIO) -> None:
    async def broken() -> None:
        fail()

    task = asyncio.ensure_future(broken())
    await asyncio.wait([task])
    del task
    gc.collect()
    assert line(log)["event"] == "Task exception was never retrieved"


def test_an_operating_system_error_keeps_its_message(log: io.StringIO) -> None:
    try:
        open("/there/is/no/such/file")
    except OSError:
        structlog.get_logger("api.test").exception("broke")
    assert line(log)["exception"].endswith("FileNotFoundError: No such file or directory")
