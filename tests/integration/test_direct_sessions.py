"""Direct sessions are on no list, and are removed after their last turn; repeated requests find their session."""

from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

import pytest
from redis.asyncio import Redis

from chat import keys
from chat.asked import AskedRequests, digest_of
from chat.client_requests import ClientRequest
from chat.direct_sessions import DirectSessions
from chat.errors import KeyReused, UnknownSession
from chat.files.files import Files
from chat.files.objects import Objects
from chat.reply_errors import ReplyExpired
from chat.sessions import Sessions
from chat.settings import Settings
from chat.store import connect
from launcher import valkey
from tests.support.chat_fixture import SETTINGS, USER, ChatFixture

FEW = Settings(_env_file=None, max_sessions_per_user=1, log_ttl=100)


class Made:
    """A direct session of `USER`."""

    def __init__(self, store: Redis, session_id: str = "") -> None:
        self.store = store
        self.sessions = Sessions(store, FEW)
        self.direct = DirectSessions(store, FEW, self.sessions, Files(store, FEW, Objects("")))
        self.chat = ChatFixture(store, session_id)

    @property
    def session_id(self) -> str:
        return self.chat.session_id

    async def exists(self) -> bool:
        return bool(await self.store.exists(keys.session(self.session_id)))

    async def check(self, *, used_ago: float = 0) -> None:
        """Checks the session as if it had been used last so many seconds ago."""
        await self.settle(used_ago=used_ago)
        await self.direct.check_due()

    async def settle(self, *, used_ago: float) -> None:
        """Makes the session due; `used_ago`: seconds since its last turn, 0 = as it is."""
        now, _ = await self.store.time()
        if used_ago:
            await self.store.execute_command("HSET", keys.session(self.session_id), "updated_at", int(now) - used_ago)
        await self.store.zadd(keys.DIRECT, {f"{keys.digest(USER)}/{self.session_id}": 0})


@pytest.fixture
async def made(store: Redis) -> Made:
    made = Made(store)
    made.chat.session_id = await made.direct.create(USER, "assistant")
    return made


async def test_a_direct_session_is_on_no_list_and_counts_for_no_limit(made: Made) -> None:
    await made.chat.open()
    for _ in range(2):
        await made.direct.create(USER, "assistant")
    assert (await made.sessions.page(USER, 10, 0))[1] == 0
    await made.sessions.create(USER, "assistant")
    assert len(await made.direct.of_user(USER)) == 3
    assert await made.chat.contents() == ["hello"]


async def test_it_is_removed_after_its_last_turn_only(made: Made) -> None:
    await made.chat.add_exchange("hello")
    await made.check(used_ago=50)
    assert await made.exists()
    turn_id, _ = await made.chat.begun()
    await made.check(used_ago=500)
    assert await made.exists()
    await made.chat.close(turn_id)
    await made.check(used_ago=99)
    assert await made.exists()
    await made.check(used_ago=101)
    assert not await made.exists()
    assert not await made.direct.of_user(USER)
    assert not await made.store.zcard(keys.DIRECT)
    assert not [name async for name in made.store.scan_iter(match=f"*{made.session_id}*")]


@pytest.fixture
async def own_store(tmp_path: Path) -> AsyncIterator[Redis]:
    """A server that the test may fill."""
    with valkey.running(tmp_path) as url:
        async with connect(url) as store:
            yield store


async def test_a_full_store_still_removes_what_is_over(own_store: Redis) -> None:
    over, used = Made(own_store), Made(own_store)
    for each in (used, over):
        each.chat.session_id = await each.direct.create(USER, "assistant")
        await each.chat.add_exchange("hello")
    await over.settle(used_ago=500)
    await used.settle(used_ago=10)
    await own_store.config_set("maxmemory", 1)
    assert await used.direct.check_due() == 2
    assert (await over.exists(), await used.exists()) == (False, True)
    now, _ = await own_store.time()
    ((_, check_at),) = await own_store.zrange(keys.DIRECT, 0, -1, withscores=True)
    assert 80 <= check_at / 1000 - now <= 91


async def test_a_check_that_fails_does_not_keep_others_waiting(made: Made, store: Redis) -> None:
    broken = str(uuid4())
    await store.set(keys.session(broken), "no hash")
    await made.settle(used_ago=500)
    await store.zadd(keys.DIRECT, {f"{keys.digest(USER)}/{broken}": -1})
    assert await made.direct.check_due() == 2
    assert not await made.exists()


async def test_a_session_that_was_deleted_is_forgotten(made: Made) -> None:
    await made.sessions.delete(USER, made.session_id)
    await made.check()
    assert not await made.direct.of_user(USER)
    assert not await made.store.zcard(keys.DIRECT)
    await made.direct.remove(USER, made.session_id)


async def test_it_gets_no_title(made: Made, chat: ChatFixture) -> None:
    await made.chat.add_exchange("hello")
    await chat.add_exchange("hello")
    assert not await made.sessions.awaits_title(made.session_id)
    assert await made.sessions.awaits_title(chat.session_id)


async def test_one_key_is_one_session(store: Redis, made: Made) -> None:
    asked = AskedRequests(store, SETTINGS)
    first, second = made.session_id, await made.direct.create(USER, "assistant")
    assert await asked.by_key(USER, "k", first) == first
    assert await asked.by_key(USER, "k", second) == first
    assert await asked.by_key("bob", "k", second) == second
    assert await asked.by_key(USER, "other", second) == second


async def test_a_key_whose_session_is_gone_asks_no_more(store: Redis, made: Made) -> None:
    asked = AskedRequests(store, SETTINGS)
    second = await made.direct.create(USER, "assistant")
    await asked.by_key(USER, "k", made.session_id)
    await made.chat.add_exchange("hello")
    await made.check(used_ago=101)
    for _ in range(2):
        with pytest.raises(ReplyExpired):
            await asked.by_key(USER, "k", second)
    await asked.not_asked(USER, "k", second)
    with pytest.raises(ReplyExpired):
        await asked.by_key(USER, "k", second)


async def test_a_retry_whose_session_is_gone_asks_anew(store: Redis, made: Made) -> None:
    asked, second = AskedRequests(store, SETTINGS), await made.direct.create(USER, "assistant")
    await asked.by_digest(USER, "d", made.session_id, is_retry=True)
    await made.direct.remove(USER, made.session_id)
    assert await asked.by_digest(USER, "d", second, is_retry=True) == second


async def test_a_retry_keeps_the_note_for_another_longest_turn(store: Redis, made: Made) -> None:
    asked, name = AskedRequests(store, SETTINGS), keys.asked(USER, "digest:d")
    await asked.by_digest(USER, "d", made.session_id, is_retry=False)
    longest = SETTINGS.turn_timeout * SETTINGS.max_attempts
    assert await store.ttl(name) > longest
    await store.expire(name, 9)
    await asked.by_digest(USER, "d", "another", is_retry=True)
    assert await store.ttl(name) > longest


async def test_one_key_for_two_requests_is_refused_by_the_session(made: Made) -> None:
    def request(content: str) -> ClientRequest:
        return ClientRequest.model_validate({"messages": [{"role": "user", "content": content}]})

    one, two = request("one"), request("two")
    first = await made.chat.open(one.shown, request=one, idempotency_key="k")
    again = await made.chat.open(one.shown, request=one, idempotency_key="k")
    assert (again.turn_id, again.is_new) == (first.turn_id, False)
    with pytest.raises(KeyReused):
        await made.chat.open(two.shown, request=two, idempotency_key="k")


async def test_only_a_retry_finds_the_session_of_its_request(store: Redis, made: Made) -> None:
    asked, digest = AskedRequests(store, SETTINGS), digest_of("model", "{}")
    first, second, third = made.session_id, *[await made.direct.create(USER, "assistant") for _ in range(2)]
    assert await asked.by_digest(USER, digest, first, is_retry=True) == first
    assert await asked.by_digest(USER, digest, second, is_retry=False) == second
    assert await asked.by_digest(USER, digest, third, is_retry=True) == second
    assert digest != digest_of("mode", "l{}")


async def test_a_session_may_have_a_longer_context(store: Redis) -> None:
    sessions = Sessions(store, SETTINGS)
    for context, expected in ((None, 2), (2, 3), (0, 2)):
        session = await sessions.create(USER, "assistant", context=context)
        chat = ChatFixture(store, session.session_id)
        for _ in range(3):
            await chat.add_exchange("hello")
        turn_id = (await chat.open()).turn_id
        claimed = await chat.turns.begin(turn_id, "100", messages=2)
        assert len(claimed.history) == expected
    with pytest.raises(UnknownSession):
        await sessions.get("bob", session.session_id)
