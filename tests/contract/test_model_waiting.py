"""A model's silence is limited before its first byte, between its words, and after a finish reason."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from chat.settings import Settings
from tests.dialects.case import DONE, chunk, sse, stop
from tests.support.model_server import Exchange, ModelServer, Script, in_chunks, silence
from worker.jobs.titles import Answer
from worker.llm import client
from worker.llm.failures import ModelFailure
from worker.llm.models import Models

BETWEEN = 0.3
"""Seconds of silence allowed between the model's words."""

LONGER = 3 * BETWEEN
HEL, LO = (sse(chunk({"content": word}), done=False) for word in ("Hel", "lo"))
ROLE = sse(chunk({"role": "assistant"}), done=False)
STOP = sse(stop(), done=False)
HELLO_STOP, HEL_STOP, LO_STOP = (sse(chunk({"content": word}, "stop"), done=False) for word in ("Hello", "Hel", "lo"))
WHOLE = HEL + LO + STOP + DONE


@pytest.fixture
async def server() -> AsyncIterator[ModelServer]:
    async with ModelServer().serve() as server:
        yield server


async def reply_of(server: ModelServer, script: Script, first_byte: float = 60, turn: float = 600) -> str:
    """Returns the text of a whole reply. Raises `ModelFailure`."""
    server.on("q", script)
    settings = Settings(
        openai_base_url=server.url,
        openai_api_key="k",
        model_first_byte_timeout=first_byte,
        model_read_timeout=BETWEEN,
        turn_timeout=turn,
    )
    answer = Answer()
    async with Models(settings) as models:
        await models.stream("m", [{"role": "user", "content": "q"}], answer)
    return "".join(answer.pieces)


def script(*parts: bytes | float, hang: bool = False, drop: bool = False) -> Script:
    """Returns a script that sends the bytes and is silent for the seconds between them."""

    async def run(exchange: Exchange) -> None:
        await exchange.start()
        for part in parts:
            await (exchange.raw(part) if isinstance(part, bytes) else asyncio.sleep(part))
        if hang:
            await asyncio.Event().wait()
        if drop:
            exchange.drop()

    return run


async def slow_to_answer(exchange: Exchange) -> None:
    await asyncio.sleep(LONGER)
    await script(WHOLE)(exchange)


ALIVE: dict[str, Script] = {
    "before its head": slow_to_answer,
    "after its head": script(LONGER, WHOLE),
    "after a role": script(ROLE, LONGER, WHOLE),
    "after a comment": script(b": OPENROUTER PROCESSING\n\n", LONGER, b":\n\n", LONGER, WHOLE),
}


@pytest.mark.parametrize("slow", ALIVE.values(), ids=ALIVE.keys())
async def test_a_slow_first_byte_is_awaited_without_a_retry(server: ModelServer, slow: Script) -> None:
    assert await reply_of(server, slow) == "Hello"
    assert len(server.exchanges) == 1


SILENT: dict[str, tuple[Script, float]] = {
    "before its head": (slow_to_answer, BETWEEN),
    "after its head": (script(hang=True), BETWEEN),
    "between its words": (script(HEL, hang=True), 60),
    "after a role": (script(ROLE, hang=True), BETWEEN),
    "after text in an unknown field": (script(sse(chunk({"cogitation": "plan"}), done=False), hang=True), 60),
}


@pytest.mark.parametrize(("silent", "first_byte"), SILENT.values(), ids=SILENT.keys())
async def test_silence_above_its_limit_is_a_timeout(server: ModelServer, silent: Script, first_byte: float) -> None:
    with pytest.raises(ModelFailure) as caught:
        await reply_of(server, silent, first_byte)
    assert caught.value.code == "model_timeout"


async def test_the_first_byte_timeout_stays_within_the_turn_timeout(server: ModelServer) -> None:
    with pytest.raises(ModelFailure) as caught:
        await reply_of(server, silence, turn=BETWEEN)
    assert caught.value.code == "model_timeout"


async def pings(exchange: Exchange) -> None:
    """Sends a whole reply, then endless comments."""
    await script(HEL, LO, STOP)(exchange)
    while True:
        await exchange.raw(b": ping\n\n")
        await asyncio.sleep(BETWEEN / 10)


ENDED: dict[str, Script] = {
    "silence": script(HEL, LO, STOP, hang=True),
    "comments for ever": pings,
    "a cut": in_chunks(script(HELLO_STOP, drop=True)),
    "a line without end": script(HELLO_STOP, b"x" * (1 << 20) * 2),
    "a reason on each chunk, then silence": script(HEL_STOP, LO_STOP, hang=True),
    "text after a reason, in time": script(HEL_STOP, BETWEEN / 3, LO, hang=True),
}


@pytest.mark.parametrize("ended", ENDED.values(), ids=ENDED.keys())
async def test_a_finish_reason_ends_the_reply_whatever_follows(
    server: ModelServer, ended: Script, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client, "AFTER_REASON_SECONDS", BETWEEN)
    assert await reply_of(server, ended) == "Hello"


async def test_a_cut_after_a_repeated_finish_reason_is_a_failure(server: ModelServer) -> None:
    cut = in_chunks(script(HEL_STOP, LO_STOP, drop=True))
    with pytest.raises(ModelFailure) as caught:
        await reply_of(server, cut)
    assert caught.value.code == "model_incomplete"
