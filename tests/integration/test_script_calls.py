"""Script calls, alone or several in one round trip: each has its own result or its own error."""

import pytest
from redis.asyncio import Redis
from redis.exceptions import ResponseError

from chat.errors import UnknownTurn
from chat.store import RedisError, Script, ScriptCall, batch, batch_each, fields_of, in_order, named, results, run

CREATE, EXISTS, LOOK, NOTE = Script("create"), Script("exists"), Script("look"), Script("note")


def create(name: str) -> ScriptCall[float]:
    return ScriptCall(CREATE, [name], ("ann", "assistant", 1000), lambda answer: float(answer[0]))


def exists(name: str) -> ScriptCall[bool]:
    return ScriptCall(EXISTS, [name], (), bool)


def note(name: str) -> ScriptCall[int]:
    return ScriptCall(NOTE, [name], ("member", 1000), int)


def refuse(_: object) -> str:
    raise UnknownTurn


@pytest.fixture(autouse=True)
async def text(store: Redis) -> None:
    await store.set("text", "no zset")


async def test_each_call_of_a_batch_has_its_own_result(store: Redis) -> None:
    assert await batch(store, exists("session"), note("notes"), exists("text")) == (False, 1, True)


async def test_a_batch_raises_the_error_of_a_refused_call(store: Redis) -> None:
    with pytest.raises(ResponseError):
        await batch(store, exists("session"), note("text"))


async def test_an_answer_that_its_reader_refuses_raises(store: Redis) -> None:
    unread = ScriptCall(EXISTS, ["session"], (), refuse)
    with pytest.raises(UnknownTurn):
        await run(store, unread)
    with pytest.raises(UnknownTurn):
        await batch(store, note("notes"), unread)


async def test_a_refused_call_leaves_the_others_their_results(store: Redis) -> None:
    first, refused, last = await batch_each(store, [note("one"), note("text"), note("two")])
    assert (first, last) == (1, 1)
    assert isinstance(refused, RedisError)
    with pytest.raises(RedisError):
        results([first, refused, last])


async def test_later_calls_run_after_the_first_ones(store: Redis) -> None:
    created, found = await in_order(store, [create("session")], [exists("session"), exists("other")])
    assert found == [True, False]
    assert results(created)[0] > 0
    _, (refused,) = await in_order(store, [exists("session")], [note("text")])
    assert isinstance(refused, RedisError)


async def test_a_script_that_the_server_does_not_know_is_loaded(store: Redis) -> None:
    await store.script_flush()
    assert await batch(store, exists("text"), note("one")) == (True, 1)
    await store.script_flush()
    assert await run(store, exists("text")) is True


async def test_loading_a_script_keeps_the_order_of_calls(store: Redis) -> None:
    await store.script_flush()
    await run(store, exists("session"))
    _, found = await in_order(store, [create("session")], [exists("session")])
    assert found == [True]


async def test_a_stored_hash_is_read_from_an_answer(store: Redis) -> None:
    await run(store, create("session"))
    look = ScriptCall(LOOK, ("session", "session"), ["ann"], fields_of)
    assert (await run(store, look))["persona"] == "assistant"


def test_named_arguments_are_names_and_values_in_turn() -> None:
    assert named({"turn": "t", "seconds": 3}) == ["turn", "t", "seconds", 3]
