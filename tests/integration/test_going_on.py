"""What a new attempt goes on with, and what becomes of a model that does not continue the text."""

import asyncio
from functools import partial

import pytest
from pydantic import SecretStr

from chat.events import Chunk, Event, Restart, Snapshot, Thinking
from chat.position import Position
from chat.providers import environment
from chat.providers.catalog import Catalog, Continuation
from chat.providers.forms import Limits
from tests.support.chat_fixture import ChatFixture
from tests.support.flushing import LAST, SECONDS, another_session, has_text
from tests.support.waiting import eventually
from worker.jobs.earlier import Kept, ago_of, kept_by
from worker.llm import failures
from worker.llm.delta import Delta
from worker.llm.failures import ModelFailure
from worker.llm.going_on import Ask, Sink, go_on
from worker.llm.seam import NotContinued
from worker.output.flusher import Flusher
from worker.output.relay import Relay
from worker.output.reply_timer import Ago


def catalog(continues: Continuation = "prefix") -> Catalog:
    limits = Limits.model_validate(
        {"continue": continues, "first_byte_timeout": 1.0, "read_timeout": 1.0, "tries": 1, "dialect": "vllm"}
    )
    made = environment.catalog(
        "http://127.0.0.1:1/v1", SecretStr(""), ["m"], "m", temperature=0.5, max_tokens=100, limits=limits
    )
    return made.model_copy(update={"accepts_others": False})


async def kept(
    chat: ChatFixture, *events: Event, model: str = "m", continues: Continuation = "prefix", then: Event | None = None
) -> Kept | None:
    """What an attempt goes on with after one that wrote the events, and after its position perhaps one more."""
    turn_id, writer = await chat.begun("100")
    writer.position = Position(model=model, pieces=2).encoded()
    await chat.append(writer, *events)
    writer.position = ""
    await chat.append(writer, *([then] if then else []))
    claimed = await chat.turns.begin(turn_id, "200", earlier="ask")
    assert claimed.turn
    found = await kept_by(claimed.turn, chat.log, catalog(continues))
    await chat.close(turn_id, "200")  # for the session's next turn
    return found


async def test_text_is_gone_on_with_where_its_model_was(chat: ChatFixture) -> None:
    found = await kept(chat, Thinking("hm"), Chunk("one "), Chunk("two"))
    assert found
    assert found.reply
    assert (found.reply.content, found.reply.thinking, found.reply.position.pieces) == ("one two", "hm", 2)
    assert (found.written.entries, found.written.kind) == (4, "chunk")


async def test_a_reply_that_stopped_in_thinking_is_made_again(chat: ChatFixture) -> None:
    assert await kept(chat, Chunk("one "), Thinking("hm")) is None
    assert await kept(chat, Thinking("hm")) is None


async def test_white_space_alone_is_not_gone_on_with(chat: ChatFixture) -> None:
    assert await kept(chat, Chunk(" \n")) is None
    assert await kept(chat) is None


async def test_text_of_a_model_that_cannot_continue_is_made_again(chat: ChatFixture) -> None:
    assert await kept(chat, Chunk("one "), model="gone") is None
    assert await kept(chat, Chunk("one "), continues="no") is None
    assert await kept(chat, Chunk("one "), continues="background") is None


async def test_text_that_was_written_without_a_position_is_made_again(chat: ChatFixture) -> None:
    assert await kept(chat, Chunk("one "), then=Chunk("of a process of 0.1.0 ")) is None
    assert await kept(chat, Chunk("one "), then=Restart(attempt=2)) is None


async def relay_of(chat: ChatFixture, flusher: Flusher, *events: Event) -> tuple[str, Relay]:
    """A relay that goes on after these events."""
    turn_id, writer = await chat.begun("100")
    await chat.append(writer, *events)
    resumed = await chat.claim(turn_id, "200", "keep")
    relay = Relay(resumed, flusher, attempt=2)
    relay.restore(Snapshot(content="one "), 3, Ago(5.0))
    return turn_id, relay


async def two(sink: Sink) -> Delta:
    sink.track(lambda pieces: f"after {pieces}")
    sink.add(Delta("two"))
    return LAST


async def test_a_relay_goes_on_with_text_events_and_times(chat: ChatFixture, flusher: Flusher) -> None:
    turn_id, relay = await relay_of(chat, flusher, Chunk("one "))
    await relay.run(two, SECONDS)
    assert (relay.text, relay.events, relay.pieces) == ("one two", 4, 1)
    assert relay.timer
    assert relay.timer.seconds >= 5
    assert relay.timer.thinking_seconds is None
    turn = await chat.turns.get(turn_id)
    assert turn
    assert turn.position == "after 1"


async def test_a_fall_back_that_cannot_be_continued_has_no_position(chat: ChatFixture, flusher: Flusher) -> None:
    turn_id, writer = await chat.begun("100")

    async def falls_back(sink: Sink) -> Delta:
        sink.track(lambda _: "of the first model")
        sink.track(None)
        sink.add(Delta("text of the second"))
        return LAST

    relay = Relay(writer, flusher)
    await relay.run(falls_back, SECONDS)
    turn = await chat.turns.get(turn_id)
    assert turn
    assert (turn.position, relay.position) == ("", "")


async def test_the_position_of_a_failed_model_is_removed_at_once(chat: ChatFixture, flusher: Flusher) -> None:
    turn_id, writer = await chat.begun("100")

    async def position() -> str:
        turn = await chat.turns.get(turn_id)
        assert turn
        return turn.position

    async def is_noted() -> bool:
        return await position() == "of the first model"

    async def is_removed() -> bool:
        return not await position()

    async def falls_back(sink: Sink) -> Delta:
        sink.track(lambda _: "of the first model", at_once=True)
        await eventually(is_noted)
        sink.track(None)
        await eventually(is_removed)  # before the second model has said a word
        return LAST

    await Relay(writer, flusher).run(falls_back, SECONDS)


async def test_nothing_is_written_once_an_attempt_is_cancelled(chat: ChatFixture, flusher: Flusher) -> None:
    turn_id, writer = await chat.begun("100")
    begun = asyncio.Event()

    async def held_back(sink: Sink) -> Delta:
        sink.add(Delta("one "))
        begun.set()
        try:
            return await asyncio.Future[Delta]()
        finally:
            sink.add(Delta("late"))

    relay = Relay(writer, flusher)
    running = asyncio.create_task(relay.run(held_back, SECONDS))
    await begun.wait()
    await eventually(partial(has_text, relay, "one "))
    running.cancel()
    await asyncio.wait([running])
    flusher.flush_now()
    another = await another_session(chat)
    await Relay((await another.begun())[1], flusher).run(two, SECONDS)  # the flusher has written by then
    assert [event for event in await chat.logged(turn_id) if "late" in event] == []


async def refuses(_: Sink) -> Delta:
    raise failures.of_error_frame({"code": 400, "message": "the last message must be the user's"})


async def does_not_fit(_: Sink) -> Delta:
    raise failures.of_error_frame({"code": "context_length_exceeded", "message": "with its prefix"})


async def does_not_continue(_: Sink) -> Delta:
    raise NotContinued


async def breaks_off(sink: Sink) -> Delta:
    sink.add(Delta("two"))
    await refuses(sink)
    return LAST


async def is_away(_: Sink) -> Delta:
    raise failures.unreachable()


@pytest.mark.parametrize("continued", [refuses, does_not_fit, does_not_continue])
async def test_what_is_not_continued_is_made_again(chat: ChatFixture, flusher: Flusher, continued: Ask) -> None:
    turn_id, relay = await relay_of(chat, flusher, Chunk("one "))
    await relay.run(partial(go_on, continued, two, keeps=True), SECONDS)
    assert relay.text == "two"
    kinds = [event.partition('"type":"')[2].partition('"')[0] for event in await chat.logged(turn_id)]
    assert kinds == ["start", "chunk", "resume", "restart", "chunk"]
    assert relay.timer
    assert relay.timer.seconds < 5


@pytest.mark.parametrize("continued", [breaks_off, is_away])
async def test_other_failures_keep_the_text(chat: ChatFixture, flusher: Flusher, continued: Ask) -> None:
    turn_id, relay = await relay_of(chat, flusher, Chunk("one "))
    with pytest.raises(ModelFailure):
        await relay.run(partial(go_on, continued, two, keeps=True), SECONDS)
    assert relay.text.startswith("one ")
    assert not any("restart" in event for event in await chat.logged(turn_id))


async def test_a_text_that_is_made_again_may_fall_back(chat: ChatFixture, flusher: Flusher) -> None:
    begun = list[bool]()

    async def breaks_the_seam(sink: Sink) -> Delta:
        sink.add(Delta(" "))
        raise NotContinued

    async def anew(sink: Sink) -> Delta:
        begun.append(sink.has_begun)
        sink.add(Delta("two"))
        begun.append(sink.has_begun)
        return LAST

    _, relay = await relay_of(chat, flusher, Chunk("one "))
    await relay.run(partial(go_on, breaks_the_seam, anew, keeps=True), SECONDS)
    assert begun == [False, True]


async def test_text_that_is_not_kept_is_made_again_in_any_case(chat: ChatFixture, flusher: Flusher) -> None:
    _, relay = await relay_of(chat, flusher, Chunk("one "))
    await relay.run(partial(go_on, is_away, two, keeps=False), SECONDS)
    assert relay.text == "two"


async def test_times_count_from_the_attempt_that_began_the_text(chat: ChatFixture) -> None:
    turn_id, writer = await chat.begun("100")
    await chat.append(writer, Thinking("hm"), Chunk("one "))
    await chat.claim(turn_id, "200", "keep")
    turn = await chat.turns.get(turn_id)
    assert turn
    assert turn.begun_at
    changed = turn.model_copy(
        update={"text_since": turn.begun_at - 9, "thought_at": turn.begun_at - 8, "spoke_at": turn.begun_at - 5}
    )
    ago = ago_of(changed)
    assert [round(seconds or 0, 3) for seconds in (ago.begun, ago.thinking, ago.text)] == [9, 8, 5]
    assert ago_of(turn.model_copy(update={"text_since": None, "thought_at": None, "spoke_at": None})) == Ago()
