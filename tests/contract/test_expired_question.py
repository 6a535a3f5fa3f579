"""A question whose messages expire while it waits for a worker fails with its own error code."""

from chat import keys
from tests.support.fixtures import stack_of
from tests.support.model_server import Led, echo
from tests.support.stack import Stack

single = stack_of(worker_slots="1", conversation_expire_time="1800")
"""A stack with one worker slot and the shortest allowed TTL of messages."""


def messages_of(session_id: str) -> tuple[str, str, str]:
    """Returns every key with messages of the session, or their ids."""
    return keys.messages(session_id), keys.tree(session_id), keys.order(session_id)


async def test_an_expired_question_ends_with_question_expired(single: Stack, question: str) -> None:
    led = Led()
    single.model.on(question, led, echo)
    async with single.client() as alice, single.client() as bob:
        await bob.ask(await bob.start(), question)
        await led.exchange()
        session_id = await alice.start()
        turn_id = await alice.ask(session_id, "waits")
        await single.store.delete(*messages_of(session_id))
        await led.finish("length")
        transcript = await alice.follow(turn_id)
        assert transcript.end is not None
        assert (transcript.end["type"], transcript.end["code"], transcript.end["retryable"]) == (
            "error",
            "question_expired",
            False,
        )
        assert (await alice.turn(turn_id))["state"] == "failed"
        history = (await alice.http.get("/chat/history", params={"session_id": session_id})).json()
        assert (history["messages"], history["trimmed"], history["active_turn"]) == ([], True, None)
        assert (await alice.chat(session_id, "again")).text == "You said: again "
        history = (await alice.http.get("/chat/history", params={"session_id": session_id})).json()
        assert history["trimmed"] is True


async def test_messages_do_not_expire_while_a_question_waits(single: Stack, question: str) -> None:
    led = Led()
    single.model.on(question, led, echo)
    async with single.client() as alice, single.client() as bob:
        running = await bob.ask(await bob.start(), question)
        await led.exchange()
        session_id = await alice.start()
        turn_id = await alice.ask(session_id, "waits")
        for name in messages_of(session_id):
            assert await single.store.ttl(name) > 80_000
        assert (await alice.http.post(f"/chat/turns/{turn_id}/cancel")).status_code == 200
        for name in messages_of(session_id):
            assert 0 < await single.store.ttl(name) <= 1800
        await bob.http.post(f"/chat/turns/{running}/cancel")
        await bob.follow(running)
        for name in messages_of(keys.session_of(running)):
            assert 0 < await single.store.ttl(name) <= 1800
