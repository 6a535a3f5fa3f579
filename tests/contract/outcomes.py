"""Asserts that stream, turn and history of a failed turn agree, and that its session goes on."""

from dataclasses import dataclass
from typing import Any

from tests.support.client import Client
from tests.support.sse import Transcript


@dataclass(frozen=True)
class Failure:
    """A failed turn: its code, whether a retry may help, the text shown, and the reasons of its retries."""

    code: str
    retryable: bool = True
    text: str = ""
    retries: tuple[str, ...] = ()


async def assert_failed(
    user: Client, session_id: str, question: str, transcript: Transcript, expected: Failure
) -> None:
    """Asserts that the stream, the turn and the history report the expected failure."""
    end = transcript.end
    assert end is not None
    assert (end["type"], end["code"], end["retryable"]) == ("error", expected.code, expected.retryable)
    assert len(end["content"].split()) > 4
    assert retries(transcript) == list(expected.retries)
    assert transcript.text == expected.text
    turn = await user.turn(transcript.events[0]["turn_id"])
    assert turn["state"] == "failed"
    assert turn["error"] == {"code": expected.code, "detail": end["content"], "retryable": expected.retryable}
    assert (turn["finish_reason"], turn["attempt"]) == (None, 1)
    messages = await user.history(session_id)
    shown = [(m["content"], m.get("finish_reason"), m.get("error")) for m in messages]
    stored = [(question, None, None), *([(expected.text, "error", expected.code)] if expected.text else [])]
    assert shown[-len(stored) :] == stored
    assert end.get("message_id") == (messages[-1]["id"] if expected.text else None)


def retries(transcript: Transcript) -> list[str]:
    """Returns the reasons of the retries, after checking their numbers and waits."""
    found: list[dict[str, Any]] = [event for event in transcript.events if event["type"] == "retry"]
    assert [event["attempt"] for event in found] == list(range(2, len(found) + 2))
    assert all(event["wait_seconds"] >= 0 for event in found)
    return [event["reason"] for event in found]


async def assert_goes_on(user: Client, session_id: str) -> None:
    """Asserts that the session accepts and answers the next question."""
    assert (await user.chat(session_id, "go on")).text == "You said: go on "
    assert [message["content"] for message in await user.history(session_id)][-2:] == ["go on", "You said: go on "]
