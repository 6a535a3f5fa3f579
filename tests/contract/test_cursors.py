"""Cursors resume a stream; a malformed or foreign cursor is refused, one beyond the log gets a snapshot."""

import httpx2
import pytest

from tests.support.client import Client
from tests.support.model_server import Led
from tests.support.sse import Transcript, frames, has, read


async def test_a_cursor_at_the_end_gets_no_content(user: Client, session_id: str) -> None:
    turn_id = await user.ask(session_id, "hello")
    transcript = await user.follow(turn_id)
    async with user.events(turn_id, transcript.last_id) as response:
        assert response.status_code == 204
    async with user.events(turn_id, after=transcript.seq) as response:
        assert response.status_code == 204
    async with user.events(turn_id) as response:
        assert response.status_code == 200
        assert (await read(response)).text == transcript.text


async def test_the_last_event_id_header_overrides_the_query(user: Client, session_id: str) -> None:
    """A native EventSource keeps its first URL, including `?after=`, and adds the header."""
    turn_id = await user.ask(session_id, "hello")
    transcript = await user.follow(turn_id)
    async with user.events(turn_id, transcript.last_id, after=1) as response:
        assert response.status_code == 204


async def test_a_cursor_beyond_the_end_gets_a_snapshot(user: Client, session_id: str) -> None:
    turn_id = await user.ask(session_id, "hello")
    whole = await user.follow(turn_id)
    transcript = await user.follow(turn_id, Transcript(text="stale", last_id=f"{turn_id}:{whole.seq + 1000}"))
    assert transcript.types == ["snapshot", "end"]
    assert transcript.text == whole.text
    assert transcript.last_id == whole.last_id


async def test_a_cursor_beyond_a_running_reply_gets_snapshot_and_rest(
    user: Client, half_read: Transcript, led: Led
) -> None:
    turn_id, exchange = half_read.events[0]["turn_id"], await led.exchange()
    transcript = Transcript(text="stale", last_id=f"{turn_id}:1000")
    async with user.events(turn_id, transcript.last_id) as response:
        received = frames(response)
        await read(received, transcript, has(half_read.text))
        await exchange.say("more")
        await led.finish()
        await read(received, transcript)
    assert transcript.types == ["snapshot", "chunk", "end"]
    assert transcript.text == half_read.text + "more"


BROKEN = ["x", "12", ":", ":5", "a:b", "{turn}", "{turn}:", "{turn}:-1", "{turn}:1.5", "{turn}:01", "{turn}:1e3",
          "{turn}:99999999999999999999", "{turn}: 1", "{turn}:1:1", "{turn}0:", "{turn}:١"]  # fmt: skip


@pytest.mark.parametrize("cursor", BROKEN)
async def test_a_malformed_cursor_is_refused(user: Client, session_id: str, cursor: str) -> None:
    turn_id = await user.ask(session_id, "hello")
    await user.follow(turn_id)
    header = {b"Last-Event-ID": cursor.format(turn=turn_id).encode()}
    ask_again = {"session_id": session_id, "message": "again"}
    for path, query in ((f"/chat/turns/{turn_id}/events", {}), ("/chat/stream", ask_again)):
        refused(await user.http.get(path, params=query, headers=header))
    assert len(await user.history(session_id)) == 2


@pytest.mark.parametrize("after", ["x", "-1", "1.5", "01", "1e3", "99999999999999999999", "1 ", "١", "\0"])
async def test_a_malformed_after_is_refused(user: Client, session_id: str, after: str) -> None:
    turn_id = await user.ask(session_id, "hello")
    await user.follow(turn_id)
    refused(await user.http.get(f"/chat/turns/{turn_id}/events", params={"after": after}))


async def test_a_cursor_of_another_turn_is_refused(user: Client, session_id: str) -> None:
    first, second = [(await user.chat(session_id, "hello")).last_id for _ in range(2)]
    turn_id = second.rpartition(":")[0]
    refused(await user.http.get(f"/chat/turns/{turn_id}/events", headers={"Last-Event-ID": first}))
    other = await user.start()
    query = {"session_id": other, "message": "hello"}
    refused(await user.http.get("/chat/stream", params=query, headers={"Last-Event-ID": first}))
    assert await user.history(other) == []


def refused(response: httpx2.Response) -> None:
    assert response.status_code == 400, response.text
    assert response.headers["content-type"] == "application/problem+json"
    assert response.json()["code"] == "bad_cursor"
