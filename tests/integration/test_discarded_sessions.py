"""A session that was created for a refused request is removed only while nothing was asked there."""

import pytest
from redis.asyncio import Redis
from redis.exceptions import RedisError

from api.protocols.conversations import Conversations, session_id_of
from chat import personas
from chat.errors import TooManySessions, TurnRunning, UnknownSession
from chat.sessions import Sessions
from chat.settings import Settings
from chat.turns import Turns
from tests.support.chat_fixture import SETTINGS, USER, ChatFixture
from tests.support.repeated import ask_twice

NAME = "a client's own name"


@pytest.fixture
def sessions(store: Redis) -> Sessions:
    return Sessions(store, SETTINGS)


@pytest.fixture
def conversations(store: Redis, sessions: Sessions) -> Conversations:
    return Conversations(sessions, Turns(store, SETTINGS), personas.load(SETTINGS.personas_file))


async def listed(sessions: Sessions) -> list[str]:
    return [session.session_id for session in (await sessions.page(USER, 10, 0))[0]]


async def test_a_refused_first_request_leaves_no_session(conversations: Conversations, sessions: Sessions) -> None:
    with pytest.raises(TurnRunning):
        async with conversations.entered(USER, NAME):
            raise TurnRunning
    assert await listed(sessions) == []
    assert await conversations.look(USER, NAME) is None


async def test_a_session_where_another_request_asked_stays(store: Redis, conversations: Conversations) -> None:
    async def ask_and_fail() -> None:
        async with conversations.entered(USER, NAME), conversations.entered(USER, NAME) as session_id:
            await ChatFixture(store, session_id).open()
            raise TurnRunning

    with pytest.raises(TurnRunning):
        await ask_and_fail()
    session_id = session_id_of(USER, NAME)
    chat = ChatFixture(store, session_id)
    assert await chat.contents() == ["hello"]
    assert await listed(chat.sessions) == [session_id]


async def test_the_second_of_two_first_requests_changes_nothing(
    store: Redis, conversations: Conversations, sessions: Sessions
) -> None:
    async with conversations.entered(USER, NAME) as session_id:
        chat = ChatFixture(store, session_id)
        await chat.open()
    before = await sessions.get(USER, session_id)
    assert not await sessions.empty.ensure(USER, session_id, "other", 1)
    assert await sessions.get(USER, session_id) == before
    assert before.title == "hello"


async def test_a_session_of_another_request_is_not_removed(conversations: Conversations, sessions: Sessions) -> None:
    async with conversations.entered(USER, NAME) as session_id:
        with pytest.raises(TurnRunning):
            async with conversations.entered(USER, NAME):
                raise TurnRunning
        assert await listed(sessions) == [session_id]


async def test_an_error_of_the_store_removes_no_session(conversations: Conversations, sessions: Sessions) -> None:
    with pytest.raises(RedisError):
        async with conversations.entered(USER, NAME) as session_id:
            raise RedisError
    assert await listed(sessions) == [session_id]


async def test_an_ended_turn_keeps_its_session(chat: ChatFixture) -> None:
    await chat.add_exchange("hello")
    assert not await chat.sessions.empty.discard(USER, chat.session_id)
    await chat.sessions.clear(USER, chat.session_id)
    assert not await chat.sessions.empty.discard(USER, chat.session_id)
    assert await listed(chat.sessions) == [chat.session_id]


async def test_a_repeated_discard_removes_the_session(chat: ChatFixture, monkeypatch: pytest.MonkeyPatch) -> None:
    ask_twice(monkeypatch, "discard")
    await chat.sessions.empty.discard(USER, chat.session_id)
    assert await listed(chat.sessions) == []
    with pytest.raises(UnknownSession):
        await chat.sessions.get(USER, chat.session_id)
    assert not await chat.sessions.empty.discard("bob", chat.session_id)


async def test_a_repeated_creation_is_on_the_list(sessions: Sessions, monkeypatch: pytest.MonkeyPatch) -> None:
    ask_twice(monkeypatch, "create")
    session_id = (await sessions.create(USER, "assistant")).session_id
    await sessions.delete(USER, session_id)
    await sessions.empty.ensure(USER, session_id, "assistant", 1)
    assert await listed(sessions) == [session_id]


async def test_a_session_beyond_the_limit_is_not_created(store: Redis) -> None:
    sessions = Sessions(store, Settings(_env_file=None, max_sessions_per_user=1))
    first = await sessions.create(USER, "assistant")
    session_id = first.session_id[:-4] + "0000"
    with pytest.raises(TooManySessions):
        await sessions.empty.ensure(USER, session_id, "assistant", 1)
    with pytest.raises(UnknownSession):
        await sessions.get(USER, session_id)
    with pytest.raises(TooManySessions):
        await sessions.create(USER, "assistant")
