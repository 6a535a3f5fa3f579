"""A prompt that is refused leaves nothing behind, and takes nothing from a repetition that was asked."""

import pytest
from redis.asyncio import Redis

from api.protocols.prompt_sessions import PromptSessions
from api.protocols.prompts import Prompt, Repeats
from chat import keys, personas
from chat.asked import AskedRequests
from chat.client_requests import ClientRequest
from chat.direct_sessions import DirectSessions
from chat.errors import TurnRunning
from chat.files.files import Files
from chat.files.objects import Objects
from chat.reply_errors import ReplyExpired
from chat.sessions import Sessions
from tests.support.chat_fixture import SETTINGS, USER, ChatFixture

REQUEST = ClientRequest.model_validate({"messages": [{"role": "user", "content": "hello"}]})


@pytest.fixture
def places(store: Redis) -> PromptSessions:
    sessions = Sessions(store, SETTINGS)
    direct = DirectSessions(store, SETTINGS, sessions, Files(store, SETTINGS, Objects("")))
    return PromptSessions(personas.load(SETTINGS.personas_file), sessions, direct, AskedRequests(store, SETTINGS))


@pytest.fixture(params=[True, False], ids=["listed", "direct"])
def prompt(request: pytest.FixtureRequest) -> Prompt:
    return Prompt(REQUEST, "m", Repeats("fingerprint", "k"), is_listed=request.param)


async def refused(places: PromptSessions, prompt: Prompt) -> str:
    """Enters and is refused. Returns the session."""
    session_id = ""
    with pytest.raises(TurnRunning):
        async with places.entered(USER, prompt) as (session_id, _):
            raise TurnRunning
    return session_id


async def sessions_of(store: Redis) -> list[str]:
    return [name async for name in store.scan_iter(match="chat:*:session")]


async def test_a_key_that_was_refused_can_ask_again(store: Redis, places: PromptSessions, prompt: Prompt) -> None:
    first = await refused(places, prompt)
    assert not await sessions_of(store)
    async with places.entered(USER, prompt) as (session_id, is_repeat):
        assert session_id != first
        assert not is_repeat


async def test_a_refusal_keeps_what_a_repetition_asked(store: Redis, places: PromptSessions, prompt: Prompt) -> None:
    async def ask_and_fail() -> None:
        async with places.entered(USER, prompt), places.entered(USER, prompt) as (session_id, is_repeat):
            assert is_repeat
            await ChatFixture(store, session_id).open(idempotency_key="k")
            raise TurnRunning

    with pytest.raises(TurnRunning):
        await ask_and_fail()
    async with places.entered(USER, prompt) as (session_id, is_repeat):
        assert is_repeat
        assert await ChatFixture(store, session_id).contents() == ["hello"]
    assert await sessions_of(store) == [keys.session(session_id)]


async def test_a_key_of_a_lost_reply_leaves_no_session(store: Redis, places: PromptSessions, prompt: Prompt) -> None:
    async with places.entered(USER, prompt) as (session_id, _):
        chat = ChatFixture(store, session_id)
        await chat.add_exchange("hello")
    await chat.sessions.delete(USER, session_id)
    with pytest.raises(ReplyExpired):
        async with places.entered(USER, prompt):
            pass
    assert not await sessions_of(store)
