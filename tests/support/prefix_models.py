"""Scripted models that continue a reply by its prefix, each strict about its server's own way."""

import json
import random
from collections.abc import Awaitable, Callable, Iterator

from chat.providers.catalog import Dialect
from tests.support.model_server import Exchange, Script


def is_marked(dialect: Dialect, exchange: Exchange) -> bool:
    """Whether the request continues its last message as the dialect wants it."""
    body, last = exchange.body, exchange.body["messages"][-1]
    match dialect:
        case "vllm":
            return body.get("continue_final_message") is True and body.get("add_generation_prompt") is False
        case "deepseek":
            return last.get("prefix") is True and exchange.path == "/beta/chat/completions"
        case "mistral":
            return last.get("prefix") is True
        case "kimi" | "qwen":
            return last.get("partial") is True and not body.get("enable_thinking")
    return True


TRIMMING: tuple[Dialect, ...] = ("llama.cpp", "vllm")
"""The chat templates of many models that these serve remove white space around messages."""


def continuing(dialect: Dialect, whole: str, before: Callable[[int], Awaitable[None]], seed: int = 0) -> Script:
    """A model that always gives the text `whole`, or the rest of it after a prefix.

    It refuses a prefix that is not marked, and one that `whole` does not begin with. `before` is awaited before each
    piece, with the number of characters that come before it.
    """

    async def script(exchange: Exchange) -> None:
        last = exchange.body["messages"][-1]
        given = last["content"] if last["role"] == "assistant" else ""
        if given and not (is_marked(dialect, exchange) and whole.startswith(given)):
            error = {"error": {"message": "the last message is not a prefix", "type": "invalid_request_error"}}
            return await exchange.respond(400, json.dumps(error).encode())
        at = len(given.rstrip() if dialect in TRIMMING else given)
        await exchange.start()
        if dialect == "mistral" and given:
            await exchange.say(*pieces(given, seed))
        for piece in pieces(whole[at:], seed):
            await before(at)
            await exchange.say(piece)
            at += length(piece)
        await exchange.finish()

    return script


def length(piece: str) -> int:
    """The number of characters that a piece completes: the first half of a pair completes none."""
    return sum(not "\ud800" <= each <= "\udbff" for each in piece)


def pieces(text: str, seed: int) -> Iterator[str]:
    """Cut the text into pieces of up to five characters. A character beyond U+FFFF may come in two halves."""
    rng, at = random.Random(seed), 0
    while at < len(text):
        size = rng.randint(1, 5)
        piece, at = text[at : at + size], at + size
        if ord(piece[-1]) > 0xFFFF and rng.random() < 0.5:
            high, low = json.dumps(piece[-1])[1:7], json.dumps(piece[-1])[7:13]
            yield piece[:-1] + json.loads(f'"{high}"')
            piece = json.loads(f'"{low}"')
        yield piece
