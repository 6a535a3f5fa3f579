"""An imported conversation becomes a session whole or not at all, and is exported as it was imported."""

import asyncio
import json
from collections.abc import Sequence
from typing import Any

import pytest
from redis.asyncio import Redis
from redis.exceptions import ConnectionError

from chat import keys
from chat.errors import QuotaReached, TooManySessions, UnknownSession
from chat.exports import Exports
from chat.files.files import Files
from chat.files.objects import Objects
from chat.messages import Message, reply_id
from chat.restoring import UNSEEN_SECONDS, Restoring
from chat.sessions import Sessions
from chat.settings import Settings
from chat.store import Script
from chat.stored_bytes import StoredBytes
from chat.transfer import holdfast
from chat.transfer.conversation import Conversation
from chat.turns import Turns
from tests.support.chat_fixture import USER, ChatFixture
from tests.support.foreign_exports import LIMITS, T, own, own_message
from tests.support.keyspace import names
from tests.support.repeated import after_answer, ask_twice

KEEPS_ALL = Settings(_env_file=None, max_active_turns_per_user=1000)
TURN = "5f0c1d3e-8a4b-4c7d-9e2f-1a2b3c4d5e6f.179519040012345607"
BRANCHES = own(
    own_message("179519040012345607-q", None, "user", "why?", turn_id=TURN),
    own_message("179519040012345607-r", "179519040012345607-q", "assistant", "one", turn_id=TURN, model="m"),
    own_message("b", "179519040012345607-q", "assistant", "two", finish_reason="cancelled", thinking="hm"),
    own_message("c", "b", "user", "go on"),
    own_message("d", None, "user", "another"),
    leaf="c",
)


def conversation(value: dict[str, Any]) -> Conversation:
    return holdfast.read(value, LIMITS)


async def restored(store: Redis, value: dict[str, Any], settings: Settings = KEEPS_ALL) -> str:
    return await Restoring(store, settings, Files(store, settings, Objects(""))).restore(
        USER, conversation(value), "assistant"
    )


async def exported(store: Redis, session_id: str, settings: Settings = KEEPS_ALL) -> dict[str, Any]:
    exports = Exports(store, settings)
    total = await exports.total([session_id])
    file = json.loads("".join([part async for part in exports.as_json(USER, [session_id], total)]))
    assert file["total"] == {"sessions": 1, "messages": len(file["sessions"][0]["messages"])}
    return dict(file["sessions"][0])


async def as_markdown(store: Redis, session_id: str) -> str:
    exports = Exports(store, KEEPS_ALL)
    total = await exports.total([session_id])
    return "".join([part async for part in exports.as_markdown(USER, [session_id], total)])


async def test_an_export_of_an_import_is_equal(store: Redis) -> None:
    session_id = await restored(store, BRANCHES)
    found = await exported(store, session_id)
    turn_id = f"{session_id}.{keys.number_of(TURN)}"
    messages = [{**each, **({"turn_id": turn_id} if "turn_id" in each else {})} for each in BRANCHES["messages"]]
    assert found == {**BRANCHES, "session_id": session_id, "messages": messages}
    assert await exported(store, await restored(store, found)) != found
    again = await exported(store, await restored(store, found))
    assert [{**each, "turn_id": ""} for each in again["messages"]] == [{**each, "turn_id": ""} for each in messages]


async def test_an_imported_session_goes_on_like_any_other(store: Redis) -> None:
    chat = ChatFixture(store, await restored(store, BRANCHES))
    chat.sessions, chat.turns = Sessions(store, KEEPS_ALL), Turns(store, KEEPS_ALL)
    assert await chat.contents() == ["why?", "two", "go on"]
    assert await chat.sessions.branches.show(USER, chat.session_id, "d") == "d"
    assert await chat.contents() == ["another"]
    assert await chat.sessions.branches.show(USER, chat.session_id, "b") == "c"
    await chat.add_exchange("next")
    assert (await chat.contents())[-2:] == ["next", "re: next"]
    versions = (await chat.sessions.history(USER, chat.session_id)).messages[0].versions
    assert versions is not None
    assert versions.ids == ["179519040012345607-q", "d"]
    await chat.sessions.branches.remove(USER, chat.session_id, "179519040012345607-q")
    assert await chat.contents() == ["another"]


async def test_removing_a_message_does_not_touch_the_original(chat: ChatFixture) -> None:
    turn_id = (await chat.open()).turn_id
    await chat.claim(turn_id, "1")
    await chat.close(turn_id, "1", "hi")
    original = await exported(chat.store, chat.session_id)
    before = await chat.kept()
    copy = await restored(chat.store, original)
    await chat.sessions.branches.remove(USER, copy, reply_id(turn_id))
    after = await chat.kept()
    assert {name: value for name, value in after.items() if chat.session_id in name} == {
        name: value for name, value in before.items() if chat.session_id in name
    }
    assert (await chat.turns.get(turn_id)) is not None


async def test_a_long_session_is_stored_and_read_in_slices(unshared_url: str, counted_chat: ChatFixture) -> None:
    store = counted_chat.store
    messages = [
        own_message(f"m{index}", f"m{index - 1}" if index else None, "user", f"{index}") for index in range(450)
    ]
    messages += [own_message("large", "m449", "user", "x" * 900)]
    await store.config_resetstat()
    session_id = await restored(store, own(*messages))
    calls = (await store.info("commandstats"))["cmdstat_evalsha"]["calls"]
    assert calls >= 5 + 3
    assert (await exported(store, session_id))["messages"] == messages
    history = await Sessions(store, KEEPS_ALL).history(USER, session_id)
    assert (history.total, history.messages[-1].id) == (451, "large")


async def test_messages_whose_parents_were_trimmed_stay_apart(store: Redis) -> None:
    value = own(
        own_message("a", "gone", "assistant", "x"),
        own_message("b", "gone", "assistant", "y"),
        own_message("c", None, "user", "z"),
        trimmed=True,
        leaf="b",
    )
    session_id = await restored(store, value)
    assert await exported(store, session_id) == {**value, "session_id": session_id}
    history = await Sessions(store, KEEPS_ALL).history(USER, session_id)
    assert [(each.id, each.versions.ids if each.versions else []) for each in history.messages] == [("b", ["a", "b"])]


async def test_an_empty_session_survives(store: Redis) -> None:
    session_id = await restored(store, own())
    assert await exported(store, session_id) == {**own(), "session_id": session_id}
    chat = ChatFixture(store, session_id)
    await chat.add_exchange("hello")
    assert await chat.contents() == ["hello", "re: hello"]


async def test_sessions_are_listed_by_their_last_activity(store: Redis) -> None:
    ids = [await restored(store, own(updated_at=T + offset)) for offset in (5, 9, 1)]
    page, total = await Sessions(store, KEEPS_ALL).page(USER, 10, 0)
    assert [each.session_id for each in page] == [ids[1], ids[0], ids[2]]
    assert total == 3


async def test_with_an_expiry_old_sessions_are_listed_as_new(store: Redis) -> None:
    settings = Settings(_env_file=None, session_expire_time=86_400)
    session_id = await restored(store, own(), settings)
    sessions = Sessions(store, settings)
    await sessions.create(USER, "assistant")
    assert session_id in [each.session_id for each in (await sessions.page(USER, 10, 0))[0]]
    assert 86_000 < await store.ttl(keys.session(session_id)) <= 86_400


STEPS = ["restore", "reveal", "list"]


@pytest.mark.parametrize("name", STEPS)
async def test_repeated_steps_change_nothing(store: Redis, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    ask_twice(monkeypatch, name)
    session_id = await restored(store, BRANCHES)
    monkeypatch.undo()
    assert len((await exported(store, session_id))["messages"]) == 5
    assert int(await store.execute_command("HGET", keys.session(session_id), "messages")) == 5
    assert (await Sessions(store, KEEPS_ALL).page(USER, 10, 0))[1] == 1


@pytest.mark.parametrize("call", range(4))
async def test_a_process_that_dies_leaves_nothing_that_stays(
    store: Redis, monkeypatch: pytest.MonkeyPatch, call: int
) -> None:
    """Lets some calls of scripts pass, and fails the next one."""
    run, done = Script.run, 0

    async def fail() -> Any:
        raise ConnectionError

    def run_some(script: Script, client: Redis, names: Sequence[str], args: Sequence[Any]) -> Any:
        nonlocal done
        done += 1
        return fail() if done > call + 1 else run(script, client, names, args)

    monkeypatch.setattr(Script, "run", run_some)
    with pytest.raises(ConnectionError):
        await restored(store, BRANCHES)
    monkeypatch.undo()
    left = [name for name in await names(store) if ":user:" not in name]
    lives = [await store.ttl(name) for name in left]
    assert all(0 < seconds <= UNSEEN_SECONDS for seconds in lives)
    page, _ = await Sessions(store, KEEPS_ALL).page(USER, 10, 0)
    assert page == []


async def test_a_session_is_not_found_before_it_is_complete(store: Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = list[str]()
    run = Script.run

    def look(script: Script, client: Redis, names: Sequence[str], args: Sequence[Any]) -> Any:
        if script.name == "reveal":
            seen.append(names[0].split("{")[1].split("}")[0])
            monkeypatch.undo()
            return look_first(script, client, names, args)
        return run(script, client, names, args)

    async def look_first(script: Script, client: Redis, names: Sequence[str], args: Sequence[Any]) -> Any:
        sessions = Sessions(store, KEEPS_ALL)
        for step in (sessions.get, sessions.history, sessions.delete, sessions.clear):
            with pytest.raises(UnknownSession):
                await step(USER, seen[0])
        return await run(script, client, names, args)

    monkeypatch.setattr(Script, "run", look)
    assert await restored(store, BRANCHES) == seen[0]


async def test_beyond_the_limit_of_sessions_nothing_is_kept(store: Redis) -> None:
    settings = Settings(_env_file=None, max_sessions_per_user=1)
    await restored(store, own(), settings)
    before = await names(store)
    with pytest.raises(TooManySessions):
        await restored(store, BRANCHES, settings)
    assert await names(store) == before


async def test_beyond_the_quota_nothing_is_stored(store: Redis) -> None:
    settings = Settings(_env_file=None, max_bytes_per_user=10_000)
    with pytest.raises(QuotaReached):
        await restored(store, own(*(own_message(f"m{index}", None, "user", "x" * 900) for index in range(9))), settings)
    assert await names(store) == set()
    session_id = await restored(store, BRANCHES, settings)
    (total,) = [await count(store, call) for call in StoredBytes(store, settings).total_calls(USER)]
    assert total > int(await store.execute_command("HGET", keys.session(session_id), "bytes"))
    await Sessions(store, settings).delete(USER, session_id)
    assert [await count(store, call) for call in StoredBytes(store, settings).total_calls(USER)] == [0]


async def count(store: Redis, call: Any) -> int:
    return int(call.read(await call.script.load(store, call.keys, call.args)))


async def test_an_export_has_what_there_was_when_it_began(chat: ChatFixture) -> None:
    for number in range(3):
        await chat.add_exchange(f"{number}")
    exports, pieces = Exports(chat.store, KEEPS_ALL), list[str]()
    total = await exports.total([chat.session_id])
    async for piece in exports.as_json(USER, [chat.session_id], total):
        pieces.append(piece)
        if len(pieces) == 2:
            await chat.add_exchange("later")
    assert "later" not in "".join(pieces)


async def test_an_export_goes_on_where_messages_were_trimmed(store: Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chat.message_slices.SLICE_MESSAGES", 2)
    settings = Settings(_env_file=None, max_active_turns_per_user=1000, max_history_messages=6)
    chat = ChatFixture(store, (await Sessions(store, settings).create(USER, "assistant")).session_id)
    for number in range(3):
        await chat.add_exchange(f"{number}")
    exports, seen = Exports(store, settings), list[str]()
    async for piece in exports.as_json(USER, [chat.session_id], await exports.total([chat.session_id])):
        seen.append(piece)
        if len(seen) == 3:
            await chat.store.execute_command("LPOP", keys.order(chat.session_id))
            await chat.store.execute_command("LPOP", keys.order(chat.session_id))
    contents = [each["content"] for each in json.loads("".join(seen))["sessions"][0]["messages"]]
    assert contents == ["0", "re: 0", "1", "re: 1", "2", "re: 2"][-len(contents) :]
    assert len(contents) == len(set(contents)) == 4


async def test_a_session_deleted_during_an_export_ends_it_in_order(
    store: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chat.message_slices.SLICE_MESSAGES", 1)
    ids = [await restored(store, BRANCHES) for _ in range(3)]
    exports, text = Exports(store, KEEPS_ALL), ""
    async for piece in exports.as_json(USER, ids, await exports.total(ids)):
        text += piece
        if '"session_id":"' + ids[1] in piece:
            await asyncio.gather(*(Sessions(store, KEEPS_ALL).delete(USER, each) for each in ids[1:]))
    assert [each["session_id"] for each in json.loads(text)["sessions"]] == ids[:2]


async def test_messages_of_0_1_0_are_exported(chat: ChatFixture) -> None:
    text = Message(id="old", role="user", content="written by 0.1.0", timestamp=T).to_json()
    await chat.store.execute_command("RPUSH", keys.messages(chat.session_id), text)
    found = await exported(chat.store, chat.session_id)
    assert found["messages"] == [own_message("old", None, "user", "written by 0.1.0")]
    assert found["leaf"] == "old"


async def test_markdown_has_the_shown_branch_then_the_others(store: Redis) -> None:
    text = await as_markdown(store, await restored(store, BRANCHES))
    shown, _, others = text.partition("## Other versions")
    assert [line for line in shown.splitlines() if line.startswith("#")] == [
        "# Mine", "### 1. You", "### 2. Assistant", "### 3. You",
    ]  # fmt: skip
    assert [line for line in others.splitlines() if line.startswith("#")] == ["### 4. Assistant (m)", "### 5. You"]
    assert text.startswith("1 conversation, 5 messages")
    assert text.endswith("End of the export.\n")


async def test_what_was_stored_goes_with_a_cancelled_import(store: Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    async def cancelled(_: Any) -> None:
        raise asyncio.CancelledError

    after_answer(monkeypatch, "restore", cancelled)
    before = await names(store)
    with pytest.raises(asyncio.CancelledError):
        await restored(store, BRANCHES)
    assert set(await names(store)) == set(before)
