"""Whatever process dies, and in whatever order steps happen: an API token that works is on its user's list."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from functools import partial
from itertools import combinations
from typing import Any

import pytest
from redis.asyncio import Redis

from api import revoke_tokens
from chat import keys
from chat.api_token_errors import BadApiToken, TooManyApiTokens, UnknownApiToken
from chat.api_token_records import digest_of
from chat.api_tokens import MAKING_SECONDS, ApiToken, ApiTokens, TokenForm
from chat.settings import Settings
from tests.support.databases import STORE, client_of, numbered, queue_of
from tests.support.keyspace import names
from tests.support.repeated import ask_twice, lose_answers
from tests.support.waiting import eventually

USER = "alice"
SETTINGS = Settings(_env_file=None, max_api_tokens_per_user=2)
FORM = TokenForm(name="a program")

NOWHERE = 1
"""A port at which no store answers."""

MAKE_STEPS, REVOKE_STEPS = 4, 3


class Died(Exception):
    """Raised where a process dies."""


@pytest.fixture
async def tokens(store: Redis) -> ApiTokens:
    """Tokens on a store that knows the scripts, so that each step is one command."""
    made = ApiTokens(store, SETTINGS)
    await made.revoke(USER, (await made.make(USER, FORM))[0].id)
    return made


def intercept(
    monkeypatch: pytest.MonkeyPatch, store: Redis, step: Callable[[], AbstractAsyncContextManager[None]]
) -> None:
    """Enters the context that `step` returns for each command and pipeline of this client."""
    client: Any = store
    execute, pipeline = client.execute_command, client.pipeline

    async def command(*args: Any, **options: Any) -> Any:
        async with step():
            return await execute(*args, **options)

    def piped(*args: Any, **options: Any) -> Any:
        pipe: Any = pipeline(*args, **options)
        send = pipe.execute

        async def sent(*given: Any, **named: Any) -> Any:
            async with step():
                return await send(*given, **named)

        pipe.execute = sent
        return pipe

    monkeypatch.setattr(store, "execute_command", command)
    monkeypatch.setattr(store, "pipeline", piped)


def die_after(monkeypatch: pytest.MonkeyPatch, store: Redis, steps: int) -> None:
    """Makes every step of this client fail after so many."""
    left = steps

    @asynccontextmanager
    async def step() -> AsyncIterator[None]:
        nonlocal left
        left -= 1
        if left < 0:
            raise Died
        yield

    intercept(monkeypatch, store, step)


async def records(store: Redis) -> set[str]:
    return set(await names(store, match="chat:api-token:*"))


async def listed_records(store: Redis) -> set[str]:
    """Returns the keys of the records of all tokens on the user's list."""
    entries = await store.execute_command("HGETALL", keys.api_tokens(USER))
    return {keys.api_token(ApiToken.parse(entry).digest) for entry in entries.values()}


@pytest.mark.parametrize("steps", range(MAKE_STEPS + 1))
async def test_a_token_whose_maker_died_can_be_revoked(
    store: Redis, tokens: ApiTokens, monkeypatch: pytest.MonkeyPatch, steps: int
) -> None:
    with monkeypatch.context() as patch:
        die_after(patch, store, steps)
        with suppress(Died):
            await tokens.make(USER, FORM)
            assert steps == MAKE_STEPS
    assert await records(store) <= await listed_records(store)
    if steps < MAKE_STEPS:
        assert all([await store.ttl(name) <= MAKING_SECONDS for name in await records(store)])
    assert await tokens.erase(USER) == (steps > 0)
    assert await records(store) == set()


@pytest.mark.parametrize("steps", range(REVOKE_STEPS + 1))
async def test_a_token_whose_revocation_broke_off_is_listed(
    store: Redis, tokens: ApiTokens, monkeypatch: pytest.MonkeyPatch, steps: int
) -> None:
    made, text = await tokens.make(USER, FORM)
    with monkeypatch.context() as patch:
        die_after(patch, store, steps)
        with suppress(Died):
            await tokens.revoke(USER, made.id)
            assert steps == REVOKE_STEPS
    assert await records(store) <= await listed_records(store)
    assert [each.id for each in await tokens.listed(USER)] == [made.id] * (steps < REVOKE_STEPS)
    with suppress(UnknownApiToken):
        await tokens.revoke(USER, made.id)
    with pytest.raises(BadApiToken):
        await tokens.records.find(text)


class Order:
    """Lets actors take their steps in a given order. One that has finished is left out."""

    def __init__(self, actors: list[str]) -> None:
        self._actors = actors
        self._changed = asyncio.Condition()

    @asynccontextmanager
    async def step(self, actor: str) -> AsyncIterator[None]:
        async with self._changed:
            await self._changed.wait_for(lambda: not self._actors or self._actors[0] == actor)
            yield
            del self._actors[:1]
            self._changed.notify_all()

    async def finish(self, actor: str) -> None:
        async with self._changed:
            self._actors[:] = [each for each in self._actors if each != actor]
            self._changed.notify_all()


async def test_a_revocation_while_a_token_is_made_holds(store: Redis, redis_url: str, tokens: ApiTokens) -> None:
    for places in combinations(range(1, MAKE_STEPS + REVOKE_STEPS), REVOKE_STEPS):
        order = Order(["revoke" if place in places else "make" for place in range(MAKE_STEPS + REVOKE_STEPS)])
        with pytest.MonkeyPatch.context() as patch:
            intercept(patch, store, partial(order.step, "make"))
            making = asyncio.create_task(_made(tokens, order))
            async with client_of(numbered(redis_url, STORE)) as other:
                await _revoke_first(ApiTokens(other, SETTINGS), other, order)
            await making
        assert await records(store) == await listed_records(store) == set(), places


async def _made(tokens: ApiTokens, order: Order) -> None:
    with suppress(UnknownApiToken):
        await tokens.make(USER, FORM)
    await order.finish("make")


async def _revoke_first(tokens: ApiTokens, store: Redis, order: Order) -> None:
    """Revokes the token that is being made, once it is on the list."""
    with pytest.MonkeyPatch.context() as patch:
        ids = await eventually(lambda: store.execute_command("HKEYS", keys.api_tokens(USER)))
        intercept(patch, store, partial(order.step, "revoke"))
        await tokens.revoke(USER, ids[0])
        await order.finish("revoke")


@pytest.mark.parametrize("script", ["token_list", "token_revoke", "token_used"])
async def test_a_repeated_step_answers_as_the_first_time(
    tokens: ApiTokens, monkeypatch: pytest.MonkeyPatch, script: str
) -> None:
    ask_twice(monkeypatch, script)
    made, text = await tokens.make(USER, FORM)
    assert (await tokens.records.find(text)).id == made.id
    (found,) = await tokens.listed(USER)
    assert found.last_used_at
    await tokens.revoke(USER, made.id)
    assert await tokens.listed(USER) == []


async def test_a_use_that_cannot_be_noted_fails_nothing(tokens: ApiTokens, monkeypatch: pytest.MonkeyPatch) -> None:
    made, text = await tokens.make(USER, FORM)
    lose_answers(monkeypatch, "token_used")
    assert (await tokens.records.find(text)).id == made.id


async def test_a_use_is_noted_once_a_minute_by_all_processes(store: Redis, tokens: ApiTokens) -> None:
    _, text = await tokens.make(USER, FORM)
    record = keys.api_token(digest_of(text))
    for process in (tokens, ApiTokens(store, SETTINGS)):
        await process.records.find(text)
    noted = int(await store.execute_command("HGET", record, "last_used_at") or 0)
    for age, again in ((30, False), (90, True), (-5000, True)):
        await store.execute_command("HSET", record, "last_used_at", str(noted - age))
        await ApiTokens(store, SETTINGS).records.find(text)
        changed = int(await store.execute_command("HGET", record, "last_used_at") or 0) != noted - age
        assert changed is again, age


async def test_a_token_works_in_every_process_until_it_is_revoked(store: Redis, tokens: ApiTokens) -> None:
    made, text = await tokens.make(USER, FORM)
    other = ApiTokens(store, SETTINGS)
    for process in (tokens, other):
        assert (await process.records.find(text)).user_id == USER
    await tokens.revoke(USER, made.id)
    for process in (tokens, other):
        with pytest.raises(BadApiToken):
            await process.records.find(text)


async def test_what_no_longer_works_leaves_the_list(store: Redis, tokens: ApiTokens) -> None:
    made, text = await tokens.make(USER, FORM)
    await store.unlink(keys.api_token(digest_of(text)))
    assert [each.id for each in await tokens.listed(USER)] == [made.id]
    older = made.model_copy(update={"created_at": made.created_at - MAKING_SECONDS - 1})
    await store.execute_command("HSET", keys.api_tokens(USER), made.id, older.model_dump_json())
    assert await tokens.listed(USER) == []
    assert await store.execute_command("HKEYS", keys.api_tokens(USER)) == []


async def test_a_user_has_no_more_tokens_than_the_limit(tokens: ApiTokens) -> None:
    made = [await tokens.make(USER, FORM) for _ in range(2)]
    with pytest.raises(TooManyApiTokens):
        await tokens.make(USER, FORM)
    await tokens.revoke(USER, made[0][0].id)
    await tokens.make(USER, FORM)


async def test_an_operator_revokes_all_tokens_of_a_user(
    redis_url: str, tokens: ApiTokens, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    _, text = await tokens.make(USER, FORM)
    url = numbered(redis_url, STORE)
    monkeypatch.setenv("REDIS_URL", url)
    monkeypatch.setenv("QUEUE_REDIS_URL", queue_of(url))
    assert [await asyncio.to_thread(revoke_tokens.main, [each]) for each in ("bob", USER)] == [0, 0]
    assert capsys.readouterr().out == "Revoked API tokens: 0\nRevoked API tokens: 1\n"
    with pytest.raises(BadApiToken):
        await tokens.records.find(text)
    assert await asyncio.to_thread(revoke_tokens.main, []) == 2
    monkeypatch.setenv("REDIS_URL", f"redis://127.0.0.1:{NOWHERE}")
    monkeypatch.setenv("QUEUE_REDIS_URL", "")
    assert await asyncio.to_thread(revoke_tokens.main, [USER]) == 1
    assert "The store does not answer" in capsys.readouterr().err
