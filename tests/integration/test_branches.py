"""Which branch of a session is shown, and what is left after a message was deleted."""

import pytest

from bench.curves.lab import fill_history, message_id
from chat import keys
from chat.errors import TooManyVersions, TurnRunning, UnknownMessage, UnknownSession
from chat.messages import Message, reply_id
from chat.sessions import Sessions
from chat.settings import Settings
from chat.turns import Turns
from tests.support.chat_fixture import USER, ChatFixture
from tests.support.repeated import ask_twice

KEEPS_ALL = Settings(_env_file=None, max_active_turns_per_user=1000)


@pytest.fixture
def chat(chat: ChatFixture) -> ChatFixture:
    chat.sessions, chat.turns = Sessions(chat.store, KEEPS_ALL), Turns(chat.store, KEEPS_ALL)
    return chat


async def exchange(chat: ChatFixture, text: str | None, answer: str, **place: str) -> str:
    """Asks and answers a question. Returns the id of the reply."""
    turn_id = (await chat.open(text, **place)).turn_id
    await chat.claim(turn_id, "1")
    await chat.close(turn_id, "1", answer)
    return reply_id(turn_id)


async def shown(chat: ChatFixture, branch: str = "") -> list[str]:
    history = await chat.sessions.history(USER, chat.session_id, 100, branch=branch)
    return [message.content for message in history.messages]


async def newest(chat: ChatFixture) -> Message:
    return (await chat.sessions.history(USER, chat.session_id)).messages[-1]


async def test_a_version_is_shown_to_the_leaf_it_was_left_at(chat: ChatFixture) -> None:
    first = await exchange(chat, "a", "A1")
    await exchange(chat, "b", "B1")
    again = await exchange(chat, None, "B2", replace_from=(await newest(chat)).id)
    other = await exchange(chat, None, "A2", replace_from=first)
    assert await shown(chat) == ["a", "A2"]
    assert await chat.sessions.branches.show(USER, chat.session_id, first) == again
    assert await shown(chat) == ["a", "A1", "b", "B2"]
    assert await chat.sessions.branches.show(USER, chat.session_id, other) == other
    assert await shown(chat) == ["a", "A2"]


async def test_a_message_of_the_shown_branch_changes_nothing(chat: ChatFixture) -> None:
    first = await exchange(chat, "a", "A1")
    second = await exchange(chat, None, "A2", replace_from=first)
    last = await exchange(chat, "b", "B1")
    assert await chat.sessions.branches.show(USER, chat.session_id, second) == last
    assert await shown(chat) == ["a", "A2", "b", "B1"]


async def test_another_branch_is_read_without_being_shown(chat: ChatFixture) -> None:
    first = await exchange(chat, "a", "A1")
    await exchange(chat, "b", "B1")
    await exchange(chat, None, "A2", replace_from=first)
    assert await shown(chat, branch=first) == ["a", "A1", "b", "B1"]
    assert await shown(chat) == ["a", "A2"]


async def test_no_other_branch_is_shown_while_a_reply_runs(chat: ChatFixture) -> None:
    first = await exchange(chat, "a", "A1")
    turn_id = (await chat.open(None, replace_from=first)).turn_id
    before = await chat.kept()
    for step in (chat.sessions.branches.show, chat.sessions.branches.remove):
        with pytest.raises(TurnRunning) as caught:
            await step(USER, chat.session_id, first)
        assert caught.value.extra == {"turn_id": turn_id}
    assert await chat.kept() == before


async def test_others_sessions_and_messages_are_unknown(chat: ChatFixture) -> None:
    first = await exchange(chat, "a", "A1")
    before = await chat.kept()
    for step in (chat.sessions.branches.show, chat.sessions.branches.remove):
        for user, message, error in (("mallory", first, UnknownSession), (USER, "nowhere", UnknownMessage),
                                     (USER, "v:", UnknownMessage), (USER, f"s:{first}", UnknownMessage)):  # fmt: skip
            with pytest.raises(error):
                await step(user, chat.session_id, message)
    assert await chat.kept() == before


async def test_a_failed_regeneration_shows_the_whole_branch_again(chat: ChatFixture) -> None:
    first = await exchange(chat, "a", "A1")
    await exchange(chat, "b", "B1")
    await exchange(chat, None, "", replace_from=first)
    history = await chat.sessions.history(USER, chat.session_id)
    assert [message.content for message in history.messages] == ["a", "A1", "b", "B1"]
    versions = history.messages[1].versions
    assert versions is not None
    assert (versions.count, versions.index) == (2, 0)


async def test_deleting_a_version_shows_the_other(chat: ChatFixture) -> None:
    first = await exchange(chat, "a", "A1")
    second = await exchange(chat, None, "A2", replace_from=first)
    await exchange(chat, "b", "B1")
    await chat.sessions.branches.remove(USER, chat.session_id, second)
    assert await shown(chat) == ["a", "A1"]
    assert "B1" not in str(await chat.kept())
    assert "A2" not in str(await chat.kept())


async def test_deleting_the_first_message_leaves_an_empty_session(chat: ChatFixture) -> None:
    await exchange(chat, "secret words", "A1")
    (question, _) = (await chat.sessions.history(USER, chat.session_id)).messages
    await chat.sessions.branches.remove(USER, chat.session_id, question.id)
    assert await shown(chat) == []
    assert (await chat.sessions.get(USER, chat.session_id)).title == ""
    assert "secret" not in str(await chat.kept())
    await exchange(chat, "other", "A2")
    assert await shown(chat) == ["other", "A2"]


async def test_a_long_branch_is_deleted_in_slices(counted_chat: ChatFixture) -> None:
    chat = counted_chat
    chat.sessions = Sessions(chat.store, KEEPS_ALL)
    await fill_history(chat.store, chat.session_id, 1000)
    await chat.store.config_resetstat()
    await chat.sessions.branches.remove(USER, chat.session_id, message_id(4))
    calls = (await chat.store.info("commandstats"))["cmdstat_evalsha"]["calls"]
    assert calls >= 1000 // 200
    history = await chat.sessions.history(USER, chat.session_id)
    assert [message.id for message in history.messages] == [message_id(index) for index in range(4)]


async def test_a_message_takes_no_more_than_its_limit_of_versions(chat: ChatFixture) -> None:
    first = await exchange(chat, "a", "A1")
    (question, _) = (await chat.sessions.history(USER, chat.session_id)).messages
    ids = " ".join([first, *(f"x{number}" for number in range(999))])
    await chat.store.execute_command("HSET", keys.tree(chat.session_id), f"v:{question.id}", ids)
    with pytest.raises(TooManyVersions):
        await chat.open(None, replace_from=first)


@pytest.mark.parametrize("place", ["", "unknown"])
async def test_a_question_begins_anew_or_follows_a_known_message(chat: ChatFixture, place: str) -> None:
    await exchange(chat, "a", "A1")
    if place:
        with pytest.raises(UnknownMessage):
            await chat.open("b", parent_id=place)
        return
    await exchange(chat, "b", "B1", parent_id=place)
    history = await chat.sessions.history(USER, chat.session_id)
    assert [message.content for message in history.messages] == ["b", "B1"]
    versions = history.messages[0].versions
    assert versions is not None
    assert (versions.index, versions.count) == (1, 2)


async def test_a_deletion_whose_answer_was_lost_is_done_once(
    chat: ChatFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    await exchange(chat, "a", "A1")
    (question, _) = (await chat.sessions.history(USER, chat.session_id)).messages
    ask_twice(monkeypatch, "remove")
    await chat.sessions.branches.remove(USER, chat.session_id, question.id)
    assert await shown(chat) == []
    with pytest.raises(UnknownMessage):
        await chat.sessions.branches.remove(USER, chat.session_id, question.id)


async def test_deleted_replies_leave_no_log(chat: ChatFixture) -> None:
    first = await exchange(chat, "a", "A1")
    await exchange(chat, "b", "B1")
    await chat.sessions.branches.remove(USER, chat.session_id, first)
    kept = await chat.kept()
    assert [name for name in kept if ":turn:" in name] == []
    assert "A1" not in str(kept)


async def test_deleting_a_version_never_shows_one_without_text(chat: ChatFixture) -> None:
    first = await exchange(chat, "a", "A1")
    second = await exchange(chat, None, "A2", replace_from=first)
    await exchange(chat, None, "", replace_from=second)
    await chat.sessions.branches.remove(USER, chat.session_id, second)
    assert await shown(chat) == ["a", "A1"]


async def test_a_failed_edit_shows_the_whole_branch_again(chat: ChatFixture) -> None:
    await exchange(chat, "a", "A1")
    await exchange(chat, "b", "B1")
    (question, *_) = (await chat.sessions.history(USER, chat.session_id)).messages
    edited = reply_id(await failing(chat, "better", replace_from=question.id))
    history = await chat.sessions.history(USER, chat.session_id)
    assert [message.content for message in history.messages] == ["a", "A1", "b", "B1"]
    assert history.messages[0].versions
    assert history.messages[0].versions.count == 2
    assert await shown(chat, branch=edited) == ["better", ""]


async def test_a_session_of_0_1_0_is_kept_once_it_is_listed(chat: ChatFixture) -> None:
    name = keys.session(chat.session_id)
    await chat.store.execute_command("HSET", name, "title", "old")
    await chat.store.expire(name, 60)
    await chat.sessions.page(USER, 10, 0)
    assert await chat.store.ttl(name) > 10**6
    await chat.store.expire(name, 60)
    await chat.sessions.page(USER, 10, 0)
    assert await chat.store.ttl(name) <= 60


async def failing(chat: ChatFixture, text: str, **place: str) -> str:
    """Asks a question whose turn fails without text. Returns the turn."""
    turn_id = (await chat.open(text, **place)).turn_id
    await chat.claim(turn_id, "1")
    await chat.close(turn_id, "1", "", state="failed")
    return turn_id
