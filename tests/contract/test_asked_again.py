"""A question repeated by a client that lost the response opens one turn only."""

import asyncio

from chat import keys
from tests.support.client import Client
from tests.support.model_server import Led, ModelServer
from tests.support.sse import Transcript, read
from tests.support.stack import Stack
from tests.support.waiting import eventually


async def cut(stack: Stack, user: Client, session_id: str, question: str) -> None:
    """Asks by GET /chat/stream and closes the connection before the first byte; waits until the API notices."""
    url = user.http.base_url
    reader, writer = await asyncio.open_connection(url.host, url.port)
    query = user.http.build_request("GET", "/chat/stream", params={"session_id": session_id, "message": question}).url
    writer.write(f"GET {query.raw_path.decode()} HTTP/1.1\r\nHost: {url.host}:{url.port}\r\n\r\n".encode())
    await writer.drain()

    async def is_asked() -> bool:
        return bool(await user.history(session_id))

    await eventually(is_asked)
    writer.close()

    async def is_noticed() -> bool:
        return not await stack.store.exists(keys.streams(user.user_id))

    await eventually(is_noticed)
    assert reader


async def streamed(user: Client, session_id: str, question: str) -> Transcript:
    async with user.stream(session_id, question) as response:
        assert response.status_code == 200
        return await read(response)


async def is_answered(user: Client, session_id: str) -> bool:
    return len(await user.history(session_id)) == 2


async def test_a_stream_cut_at_once_and_repeated_opens_one_turn(
    stack: Stack, user: Client, session_id: str, question: str, model: ModelServer, led: Led
) -> None:
    await cut(stack, user, session_id, question)
    await (await led.exchange()).say("once")
    await led.finish()
    await eventually(lambda: is_answered(user, session_id))
    assert (await streamed(user, session_id, question)).text == "once"
    assert len(model.asked(question)) == 1
    assert len(await user.history(session_id)) == 2


async def test_the_same_question_after_a_read_reply_opens_a_turn(
    user: Client, session_id: str, question: str, model: ModelServer
) -> None:
    turns = [(await streamed(user, session_id, question)).events[0]["turn_id"] for _ in range(3)]
    assert len(set(turns)) == 3
    assert len(model.asked(question)) == 3


async def test_a_reply_read_after_a_reconnect_counts_as_read(
    user: Client, session_id: str, led: Led, question: str, model: ModelServer
) -> None:
    async with user.stream(session_id, question) as response:
        transcript = await read(response, until=lambda transcript: bool(transcript.events))
    await (await led.exchange()).say("once")
    await led.finish()
    async with user.stream(session_id, question, transcript.last_id) as response:
        await read(response, transcript)
    assert transcript.text == "once"
    assert (await streamed(user, session_id, question)).text == f"You said: {question} "
    assert len(model.asked(question)) == 2


async def test_another_role_or_message_opens_another_turn(
    stack: Stack, user: Client, session_id: str, question: str
) -> None:
    await cut(stack, user, session_id, question)
    await eventually(lambda: is_answered(user, session_id))
    async with user.stream(session_id, question, role="teacher") as response:
        await read(response)
    await streamed(user, session_id, f"{question} more")
    assert len(await user.history(session_id)) == 6


async def test_a_record_expires_a_minute_after_the_turns_end(
    stack: Stack, user: Client, session_id: str, question: str, model: ModelServer, led: Led
) -> None:
    await cut(stack, user, session_id, question)
    await (await led.exchange()).say("once")
    await led.finish()
    await eventually(lambda: is_answered(user, session_id))
    records = keys.idempotency(session_id)
    ((name, value),) = (await stack.store.execute_command("HGETALL", records)).items()
    now, _ = await stack.store.time()
    await stack.store.execute_command("HSET", records, name, " ".join([*value.split()[:2], str(now - 3600)]))
    await stack.store.execute_command("HSET", keys.session(session_id), "updated_at", now - 50)
    await streamed(user, session_id, question)
    assert len(model.asked(question)) == 1
    await stack.store.execute_command("HSET", records, name, " ".join([*value.split()[:2], str(now - 3600)]))
    await stack.store.execute_command("HSET", keys.session(session_id), "updated_at", now - 70)
    await streamed(user, session_id, question)
    assert len(model.asked(question)) == 2


async def test_a_key_reused_after_a_clear_opens_no_second_turn(
    user: Client, session_id: str, question: str, model: ModelServer
) -> None:
    turn_id = await user.ask(session_id, question, key="k")
    await user.follow(turn_id)
    assert (await user.http.delete(f"/chat/history/{session_id}")).status_code == 200
    assert await user.ask(session_id, question, key="k") == turn_id
    response = await user.post_turn(session_id, "something else", key="k")
    assert (response.status_code, response.json()["code"]) == (422, "idempotency_key_reused")
    assert await user.history(session_id) == []
    transcript = await user.follow(turn_id)
    assert (transcript.types, transcript.events[0]["code"]) == (["error"], "unknown_turn")
    assert len(model.asked(question)) == 1


async def test_records_of_equal_questions_have_different_digests(stack: Stack, user: Client) -> None:
    held = []
    for key in ("one", "two"):
        session_id = await user.start()
        await user.chat(session_id, "hello", key=key)
        (value,) = (await stack.store.execute_command("HGETALL", keys.idempotency(session_id))).values()
        held.append(value.split()[1])
    assert held[0] != held[1]
