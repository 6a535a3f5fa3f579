"""R1 to R12: what a reader does. The test plays the server; the reader is ours, or any program."""

import asyncio
import json
import shlex
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass

import httpx2

from tests.conformance.following import Follower, Refused
from tests.conformance.reader import Reader
from tests.conformance.scripted_server import (
    SESSION,
    START,
    TURN,
    Answer,
    ScriptedServer,
    body_of,
    end,
    event,
    refusal,
    stream,
)
from tests.conformance.verdicts import Broken, holds, same

QUESTION = "What is Redis?"
ODD = "é漢\U0001f9ca, a\x85b\u2028c\u2029d"


@dataclass(frozen=True)
class Shown:
    """What a reader shows in the end. `ending`: `end`, `error`, or `history` where it had to look there."""

    text: str
    thinking: str = ""
    ending: str = "end"


Read = Callable[[str, str, str], Awaitable[Shown]]
"""A reader: given a base URL, a session's id and a question, it asks, follows the reply, and says what it shows."""


async def own(url: str, session_id: str, question: str, silence_seconds: float = 45.0) -> Shown:
    """The suite's own reader."""
    async with httpx2.AsyncClient(base_url=url) as http:
        follower, reader = Follower(http, silence_seconds), Reader()
        with suppress(Refused):
            await follower.follow(await follower.ask(session_id, question), reader)
    return Shown(reader.text, reader.thinking, reader.ending or "error")


def program(command: str) -> Read:
    """A program that is given URL, session and question, and prints `{"text", "thinking", "ending"}`."""

    async def read(url: str, session_id: str, question: str) -> Shown:
        words = [*shlex.split(command), url, session_id, question]
        process = await asyncio.create_subprocess_exec(*words, stdout=asyncio.subprocess.PIPE)
        try:
            printed, _ = await process.communicate()
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        try:
            return Shown(**json.loads(printed))
        except (ValueError, TypeError):
            raise Broken(f"the program ended with {process.returncode} and printed {printed!r}") from None

    return read


@dataclass
class Play:
    """Plays the server for one reader."""

    read: Read

    async def __call__(self, *to_readers: Answer, to_questions: tuple[Answer, ...] = ()) -> "Played":
        async with ScriptedServer(to_readers, to_questions).serve() as server:
            shown = await self.read(server.url, SESSION, QUESTION)
        return Played(shown, server)


@dataclass
class Played:
    """What came of it."""

    shown: Shown
    server: ScriptedServer

    @property
    def cursors(self) -> list[int]:
        """The cursor of each request for the events."""
        return [request.cursor for request in self.server.readers]

    def waits(self) -> list[float]:
        """Seconds between the end of each answer to a reader and the next request."""
        sent, came = self.server.to_readers, self.server.readers[1:]
        return [request.came_at - answer.ended_at for answer, request in zip(sent, came, strict=False)]


async def r1(play: Play) -> None:
    """A reader ignores events of unknown types"""
    first = stream(
        START,
        event(2, "chunk", content="a ", unknown={"deep": [1]}),
        event(3, "progress", content="not text", percent=3),
        then="break",
    )
    played = await play(first, stream(event(4, "step"), event(5, "chunk", content="b"), end(6)))
    same(played.shown, Shown("a b"), "what is shown")
    same(played.cursors, [0, 3], "the cursors")


async def r2(play: Play) -> None:
    """It drops text and thinking at `restart`."""
    old = event(2, "thinking", content="old thought"), event(3, "chunk", content="old text")
    new = event(1_000_005, "thinking", content="new"), event(1_000_006, "chunk", content="text")
    played = await play(stream(START, *old, event(1_000_004, "restart", attempt=2), *new, end(1_000_007)))
    same(played.shown, Shown("text", "new"), "what is shown")
    emptied = await play(stream(START, *old, event(1_000_004, "restart", attempt=2), end(1_000_005)))
    same(emptied.shown, Shown(""), "what is shown where nothing follows")


async def r3(play: Play) -> None:
    """It replaces both at `snapshot`, also where its `seq` is smaller"""
    lost = event(2, "thinking", content="x"), event(90, "chunk", content="lost")
    whole = event(40, "snapshot", content="whole ", thinking="all"), event(41, "chunk", content="text")
    played = await play(stream(START, *lost, *whole, then="break"), stream(end(42)))
    same(played.shown, Shown("whole text", "all"), "what is shown")
    same(played.cursors, [0, 41], "the cursors")


async def r4(play: Play) -> None:
    """It skips any other event whose `seq` is not greater"""
    once = event(2, "chunk", content="once"), event(3, "thinking", content="once")
    again = event(3, "thinking", content="again"), event(2, "chunk", content="again"), event(3, "restart", attempt=2)
    played = await play(stream(START, *once, START, *again, end(3), then="break"), stream(end(4)))
    same(played.shown, Shown("once", "once"), "what is shown")
    same(played.cursors, [0, 3], "the cursors")


async def r5(play: Play) -> None:
    """It comes back with its cursor where a body ends or breaks"""
    played = await play(
        stream(START, event(2, "chunk", content="a "), then="end"),
        stream(event(3, "chunk", content="b "), then="break"),
        Answer(0),
        stream(event(4, "chunk", content="c "), then="silence"),
        stream(event(5, "chunk", content="d"), end(6)),
    )
    same(played.shown, Shown("a b c d"), "what is shown")
    same(played.cursors, [0, 2, 3, 3, 4], "the cursors")


async def r6(play: Play) -> None:
    """It waits the last `retry:` of the stream before it does."""
    first = Answer(pieces=[body_of(START, retry_ms=10), b"retry: 400\n\n"])
    played = await play(first, stream(end(2)))
    (waited,) = played.waits()
    holds(waited >= 0.4, f"it came back after {waited:.3f} seconds of the 0.4 that the server asked for")


async def r7(play: Play) -> None:
    """It does not follow the turn any more after a terminal event"""
    failed = event(3, "error", code="model_timeout", content="-", retryable=True)
    after_text = stream(START, event(2, "chunk", content="text"), then="break")
    for last, shown in (
        (stream(end(3), then="silence"), Shown("text")),
        (stream(failed, then="silence"), Shown("text", ending="error")),
        (Answer(204), Shown("text", ending="history")),
        (refusal(404, "unknown_turn"), Shown("text", ending="history")),
    ):
        played = await play(after_text, last)
        same(played.shown, shown, "what is shown")
        same(len(played.server.readers), 2, "how often it followed")


async def r8(play: Play) -> None:
    """It waits at least `Retry-After` after 429 and 503."""
    busy = refusal(429, "too_many_streams", Retry_After="1")
    away = refusal(503, "redis_unavailable", Retry_After="2")
    played = await play(busy, away, stream(START, event(2, "chunk", content="text"), end(3)))
    same(played.shown, Shown("text"), "what is shown")
    for waited, asked in zip(played.waits(), (1, 2), strict=True):
        holds(waited >= asked, f"it came back after {waited:.3f} seconds of the {asked} that the server asked for")


async def r9(play: Play) -> None:
    """It reads characters and lines that are cut anywhere"""
    body = body_of(START, event(2, "chunk", content=ODD), event(3, "thinking", content=ODD), end(4))
    for line_end in (b"\n", b"\r\n", b"\r"):
        bytewise = [bytes([byte]) for byte in body.replace(b"\n", line_end)]
        played = await play(Answer(pieces=bytewise, then="silence"))
        same(played.shown, Shown(ODD, ODD), f"what is shown where lines end in {line_end!r}")
        same(played.cursors, [0], "the cursors")


async def r10(play: Play) -> None:
    """It repeats a question that got no answer with the same body"""
    lost = Answer(0), refusal(503, "queue_full", Retry_After="1"), Answer(0)
    played = await play(stream(START, end(2)), to_questions=lost)
    sent = [(json.loads(request.body), request.headers.get("idempotency-key")) for request in played.server.questions]
    same(len(sent), 4, "how often it asked")
    same(sent[1:], sent[:1] * 3, "the questions and their keys")
    holds(sent[0][1], "the question has no Idempotency-Key")
    same(sent[0][0], {"session_id": SESSION, "message": QUESTION}, "the question")


async def r11(play: Play) -> None:
    """It takes an unknown `finish_reason` for an end"""
    text = event(2, "chunk", content="text")
    ended = await play(stream(START, text, end(3, "tired"), then="silence"))
    same(ended.shown, Shown("text"), "what is shown")
    unknown = event(3, "error", code="moon_phase", content="-", retryable=False, also="unknown")
    failed = await play(stream(START, text, unknown, then="silence"))
    same(failed.shown, Shown("text", ending="error"), "what is shown")


async def r12(play: Play) -> None:
    """It keeps text and thinking at `resume`"""
    old = event(2, "thinking", content="thought"), event(3, "chunk", content="one ")
    first = stream(START, *old, event(1_000_003, "resume", attempt=2), then="break")
    played = await play(first, stream(event(1_000_004, "chunk", content="two"), end(1_000_005)))
    same(played.shown, Shown("one two", "thought"), "what is shown")
    same(played.cursors, [0, 1_000_003], "the cursors")


CHECKS = {f"R{number}": check for number, check in enumerate((r1, r2, r3, r4, r5, r6, r7, r8, r9, r10, r11, r12), 1)}
assert TURN.startswith(SESSION)
