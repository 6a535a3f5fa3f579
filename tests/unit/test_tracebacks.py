"""Tracebacks in the log say what broke and where, and no word of what anybody wrote."""

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

WORDS = "words-that-nobody-logs"


class Number(BaseModel):
    value: int


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    """What the log says, at its most talkative."""
    root, stream = logging.getLogger(), io.StringIO()
    handlers, level = root.handlers, root.level
    monkeypatch.setattr(sys, "stderr", stream)
    logs.configure(Settings(log_format="json", log_level="DEBUG"), "test")
    yield stream
    root.handlers = handlers
    root.setLevel(level)
    for room in logs.OURS:
        logging.getLogger(room).setLevel(logging.NOTSET)
    structlog.reset_defaults()
    structlog.contextvars.clear_contextvars()


def fail() -> None:
    try:
        Number.model_validate({"value": WORDS})
    except ValueError as error:
        raise RuntimeError(f"cannot do {WORDS}") from error


def line(stream: io.StringIO) -> dict[str, Any]:
    assert WORDS not in stream.getvalue()
    return dict(json.loads(stream.getvalue()))


def test_an_error_of_ours_is_told_by_type_and_place(told: io.StringIO) -> None:
    try:
        fail()
    except RuntimeError:
        structlog.get_logger("api.test").exception("request_broke")
    shown = line(told)["exception"]
    assert "ValidationError" in shown
    assert shown.endswith("RuntimeError")
    assert "in fail" in shown


def test_a_library_that_prints_the_error_into_its_line_is_cut_short(told: io.StringIO) -> None:
    try:
        fail()
    except RuntimeError as error:
        logging.getLogger("arq.worker").exception("%s failed, %s: %s", "job", type(error).__name__, error)
    assert line(told)["event"] == "job failed, RuntimeError: …"


def test_what_a_library_says_below_a_warning_is_never_logged(told: io.StringIO) -> None:
    for name in ("httpx2", "openai._base_client", "redis", "uvicorn.access", "anything.else"):
        logging.getLogger(name).info("GET /chat/stream?message=%s", WORDS)
        logging.getLogger(name).debug(WORDS)
    assert told.getvalue() == ""
    structlog.get_logger("worker.test").debug("seen")
    assert line(told)["event"] == "seen"


async def test_a_task_that_nobody_waited_for_shows_no_values(told: io.StringIO) -> None:
    async def broken() -> None:
        fail()

    task = asyncio.ensure_future(broken())
    await asyncio.wait([task])
    del task
    gc.collect()
    assert line(told)["event"] == "Task exception was never retrieved"


def test_what_the_system_says_is_kept(told: io.StringIO) -> None:
    try:
        open("/there/is/no/such/file")
    except OSError:
        structlog.get_logger("api.test").exception("broke")
    assert line(told)["exception"].endswith("FileNotFoundError: No such file or directory")
