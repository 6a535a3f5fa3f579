"""A model server that sends without limit ends the turn, by an error or by length, in bounded memory."""

import asyncio
import json
import subprocess
import sys
import zlib
from collections.abc import AsyncIterator, Callable, Coroutine
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tests.support.client import Client
from tests.support.fixtures import stack_of
from tests.support.model_server import Exchange, Script, echo
from tests.support.stack import Stack

MB = 1 << 20
PIECE = b"x" * MB
MAX_GROWTH_MB = 48
"""Allowed growth of the worker's memory: buffers of pieces in transit, and memory that Python retains."""

REPLY_CHARS = 50_000


bounded = stack_of(model_tries="1", turn_timeout="3", max_reply_chars=str(REPLY_CHARS))
"""A stack that tries the model once, for three seconds, and keeps 50,000 characters of a reply."""


@pytest.fixture
async def alice(bounded: Stack) -> AsyncIterator[Client]:
    async with bounded.client() as client:
        yield client


def peak_mb(stack: Stack) -> float:
    """Returns the worker's peak memory in MiB, or its current memory where the system does not report the peak."""
    pid = stack.processes[0].pid
    status = Path(f"/proc/{pid}/status")
    if status.exists():
        return int(status.read_text("utf-8").partition("VmHWM:")[2].split()[0]) / 1024
    return int(subprocess.check_output(["ps", "-o", "rss=", "-p", str(pid)])) / 1024


def endless(make: Callable[[Exchange], Coroutine[Any, Any, None]]) -> Script:
    async def script(exchange: Exchange) -> None:
        await exchange.start()
        while True:
            await make(exchange)

    return script


async def huge_line(exchange: Exchange) -> None:
    """Sends 100 MB without a line break."""
    await exchange.start()
    await exchange.raw(b'data: {"choices":[{"delta":{"content":"')
    for _ in range(100):
        await exchange.raw(PIECE)


@cache
def compressed_pieces(megabytes: int) -> list[bytes]:
    compressor = zlib.compressobj(1, wbits=31)
    return [*(compressor.compress(PIECE) for _ in range(megabytes)), compressor.flush()]


@pytest.fixture(scope="module", autouse=True)
def _compressed() -> None:
    """Compresses the pieces before any turn's timeout runs."""
    compressed_pieces(400)


def send_bytes(status: int, megabytes: int, *, compressed: bool = False) -> Script:
    """Returns a script that sends so many MiB of filler, compressed or not."""

    async def script(exchange: Exchange) -> None:
        encoding = {"content-encoding": "gzip"} if compressed else {}
        await exchange.head(status, {"content-type": "text/event-stream", "connection": "close", **encoding})
        for piece in compressed_pieces(megabytes) if compressed else [PIECE] * megabytes:
            await exchange.raw(piece)

    return script


EMPTY = b"".join(
    b"data: " + json.dumps({"choices": [{"delta": {"content": ""}}]}).encode() + b"\n\n" for _ in range(1000)
)
TOO_MUCH = {
    "100 MB in one line": (huge_line, "model_broken_stream", True),
    "comments for ever": (endless(lambda exchange: exchange.raw(b": alive\n\n" * 5000)), "", True),
    "empty lines for ever": (endless(lambda exchange: exchange.raw(b"\n" * 65_536)), "", True),
    "empty deltas for ever": (endless(lambda exchange: exchange.raw(EMPTY)), "", True),
    "rare comments for ever": (endless(lambda exchange: _comment_slowly(exchange)), "turn_timeout", True),
    "a refusal of 300 MB": (send_bytes(400, 300), "model_bad_request", False),
    "a compressed refusal of 400 MB": (send_bytes(400, 400, compressed=True), "model_bad_request", False),
    "a compressed stream of 400 MB": (send_bytes(200, 400, compressed=True), "model_broken_stream", True),
}


async def _comment_slowly(exchange: Exchange) -> None:
    await exchange.raw(b": alive\n\n")
    await asyncio.sleep(0.05)


@pytest.mark.parametrize(("script", "code", "retryable"), TOO_MUCH.values(), ids=TOO_MUCH.keys())
async def test_an_unlimited_response_fails_with_bounded_memory(
    bounded: Stack,
    alice: Client,
    question: str,
    script: Script,
    code: str,
    retryable: bool,
    capsys: pytest.CaptureFixture[str],
) -> None:
    bounded.model.on(question, script)
    session_id = await alice.start()
    assert (await alice.chat(session_id, "warm up")).text
    before = peak_mb(bounded)
    transcript = await alice.chat(session_id, question)
    grown = peak_mb(bounded) - before
    assert transcript.end is not None
    if not code:  # the machine's speed decides which limit is reached first
        code = transcript.end["code"]
        assert code in ("model_too_large", "turn_timeout")
    assert (transcript.end["type"], transcript.end["code"], transcript.end["retryable"]) == ("error", code, retryable)
    assert grown < MAX_GROWTH_MB
    with capsys.disabled():
        sys.stdout.write(f"\n  {code}: the worker's peak grew by {grown:.1f} MB (from {before:.0f})\n")
    assert (await alice.chat(session_id, "afterwards")).text == "You said: afterwards "


@pytest.mark.parametrize("field", ["content", "reasoning_content"])
async def test_an_endless_reply_is_kept_up_to_the_maximum_length(
    bounded: Stack, alice: Client, question: str, field: str
) -> None:
    bounded.model.on(question, endless(lambda exchange: exchange.delta(**{field: "0123456789" * 700})))
    session_id = await alice.start()
    transcript = await alice.chat(session_id, question)
    assert transcript.end is not None
    assert (transcript.end["type"], transcript.end["finish_reason"]) == ("end", "length")
    received = transcript.text + transcript.thinking
    assert received == ("0123456789" * REPLY_CHARS)[:REPLY_CHARS]
    kept = (await alice.history(session_id))[-1]
    assert (kept["content"], kept.get("thinking", ""), kept["finish_reason"]) == (
        transcript.text,
        transcript.thinking,
        "length",
    )


async def test_requests_to_the_model_ask_for_no_compression(bounded: Stack, alice: Client, question: str) -> None:
    bounded.model.on(question, echo)
    await alice.chat(await alice.start(), question)
    (exchange,) = bounded.model.asked(question)
    assert exchange.headers["accept-encoding"] == "identity"
