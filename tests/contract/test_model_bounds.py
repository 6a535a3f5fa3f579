"""A model server without measure: the turn ends, with an error or at its length, and the memory stays bounded."""

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
ROOM_MB = 48
"""What the worker may take more than before: buffers of the pieces on their way, and what Python keeps of them."""

REPLY_CHARS = 50_000


bounded = stack_of(model_tries="1", turn_timeout="3", max_reply_chars=str(REPLY_CHARS))
"""A stack that asks a model once, for three seconds, and keeps 50,000 characters of a reply."""


@pytest.fixture
async def alice(bounded: Stack) -> AsyncIterator[Client]:
    async with bounded.client() as client:
        yield client


def peak_mb(stack: Stack) -> float:
    """The most memory that the worker ever had; where the system does not tell that, what it has now."""
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
    """100 MB without an end of line."""
    await exchange.start()
    await exchange.raw(b'data: {"choices":[{"delta":{"content":"')
    for _ in range(100):
        await exchange.raw(PIECE)


@cache
def packed_pieces(megabytes: int) -> list[bytes]:
    packer = zlib.compressobj(1, wbits=31)
    return [*(packer.compress(PIECE) for _ in range(megabytes)), packer.flush()]


@pytest.fixture(scope="module", autouse=True)
def _packed() -> None:
    """The packing is done before any turn's time runs."""
    packed_pieces(400)


def pour(status: int, megabytes: int, *, packed: bool = False) -> Script:
    """So much of nothing in particular, packed or not."""

    async def script(exchange: Exchange) -> None:
        encoding = {"content-encoding": "gzip"} if packed else {}
        await exchange.head(status, {"content-type": "text/event-stream", "connection": "close", **encoding})
        for piece in packed_pieces(megabytes) if packed else [PIECE] * megabytes:
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
    "a comment now and then for ever": (endless(lambda exchange: _drip(exchange)), "turn_timeout", True),
    "a refusal of 300 MB": (pour(400, 300), "model_bad_request", False),
    "a packed refusal of 400 MB": (pour(400, 400, packed=True), "model_bad_request", False),
    "a packed stream of 400 MB": (pour(200, 400, packed=True), "model_broken_stream", True),
}


async def _drip(exchange: Exchange) -> None:
    await exchange.raw(b": alive\n\n")
    await asyncio.sleep(0.05)


@pytest.mark.parametrize(("script", "code", "retryable"), TOO_MUCH.values(), ids=TOO_MUCH.keys())
async def test_a_model_without_measure_ends_the_turn_and_costs_little_memory(
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
    story = await alice.chat(session_id, question)
    grown = peak_mb(bounded) - before
    assert story.end is not None
    if not code:  # whichever bound a fast or a slow machine meets first
        code = story.end["code"]
        assert code in ("model_too_large", "turn_timeout")
    assert (story.end["type"], story.end["code"], story.end["retryable"]) == ("error", code, retryable)
    assert grown < ROOM_MB
    with capsys.disabled():
        sys.stdout.write(f"\n  {code}: the worker's peak grew by {grown:.1f} MB (from {before:.0f})\n")
    assert (await alice.chat(session_id, "afterwards")).text == "You said: afterwards "


@pytest.mark.parametrize("field", ["content", "reasoning_content"])
async def test_a_reply_for_ever_is_kept_up_to_its_length(
    bounded: Stack, alice: Client, question: str, field: str
) -> None:
    bounded.model.on(question, endless(lambda exchange: exchange.delta(**{field: "0123456789" * 700})))
    session_id = await alice.start()
    story = await alice.chat(session_id, question)
    assert story.end is not None
    assert (story.end["type"], story.end["finish_reason"]) == ("end", "length")
    told = story.text + story.thinking
    assert told == ("0123456789" * REPLY_CHARS)[:REPLY_CHARS]
    kept = (await alice.history(session_id))[-1]
    assert (kept["content"], kept.get("thinking", ""), kept["finish_reason"]) == (story.text, story.thinking, "length")


async def test_the_model_is_asked_to_send_its_reply_unpacked(bounded: Stack, alice: Client, question: str) -> None:
    bounded.model.on(question, echo)
    await alice.chat(await alice.start(), question)
    (exchange,) = bounded.model.asked(question)
    assert exchange.headers["accept-encoding"] == "identity"
