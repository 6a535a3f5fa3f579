"""What the log of a turn has that continues a reply, whatever becomes of its model and its workers."""

from functools import partial

import pytest

from chat.continued import text_of
from chat.errors import UnknownMessage
from chat.event_log import LogWriter
from chat.events import Chunk, End, Retry
from chat.messages import Message, reply_id
from chat.position import Position
from chat.providers.catalog import Continuation
from chat.reply_errors import NotAReply
from chat.tool_calls import ReplyStep, ServerCall
from chat.turn_record import Claimed
from tests.integration.test_going_on import catalog, does_not_continue, refuses
from tests.support.chat_fixture import USER, ChatFixture
from tests.support.flushing import LAST, SECONDS
from worker.jobs.earlier import kept_by
from worker.llm.delta import CallDelta, Delta
from worker.llm.going_on import Ask, Sink, go_on
from worker.llm.joining import join
from worker.output.flusher import Flusher
from worker.output.relay import Relay

TEXT = "one two "


async def continued(chat: ChatFixture, steps: list[ReplyStep] | None = None) -> tuple[str, Claimed]:
    """A begun turn, with the claim 100, that continues a reply."""
    base = (await chat.open()).turn_id
    await chat.claim(base, "1")
    turn = await chat.turns.get(base)
    assert turn
    end = End(session_id=chat.session_id, finish_reason="length")
    reply = Message(
        id=reply_id(base), role="assistant", content=TEXT, thinking="hm", steps=steps, finish_reason="length"
    )
    await chat.turns.close(turn, "1", "done", end, reply)
    turn_id = (await chat.open(None, continues=reply.id)).turn_id
    return turn_id, await chat.turns.begin(turn_id, "100")


async def relay_of(claimed: Claimed, flusher: Flusher, token: str = "100") -> Relay:
    assert claimed.turn
    assert claimed.continued
    writer = LogWriter(claimed.turn.turn_id, token, claimed.turn.seq)
    return Relay(writer, flusher, attempt=claimed.turn.attempt, base=text_of(claimed.continued))


async def kinds(chat: ChatFixture, turn_id: str) -> list[str]:
    reading = await chat.log.read(turn_id, 0)
    assert reading
    return [entry.kind for entry in reading.entries]


async def says_three(sink: Sink) -> Delta:
    sink.track(lambda pieces: Position(model="m", pieces=pieces).encoded())
    sink.add(Delta("three"))
    return LAST


async def test_a_claim_has_the_reply_that_the_turn_continues(chat: ChatFixture) -> None:
    turn_id, claimed = await continued(chat)
    assert claimed.continued
    assert (claimed.continued.content, claimed.continued.thinking) == (TEXT, "hm")
    assert [Message.from_json(text).role for text in claimed.history] == ["user"]
    turn = await chat.turns.get(turn_id)
    assert turn
    assert turn.continues == claimed.continued.id


async def test_only_a_reply_that_is_there_can_be_continued(chat: ChatFixture) -> None:
    await chat.add_exchange("hello")
    question, _ = (await chat.sessions.history(USER, chat.session_id)).messages
    with pytest.raises(NotAReply):
        await chat.open(None, continues=question.id)
    with pytest.raises(UnknownMessage):
        await chat.open(None, continues="unknown")


async def test_the_log_begins_with_the_text_that_is_continued(chat: ChatFixture, flusher: Flusher) -> None:
    turn_id, claimed = await continued(chat)
    relay = await relay_of(claimed, flusher)
    await relay.run(says_three, SECONDS)
    assert await kinds(chat, turn_id) == ["start", "snapshot", "chunk"]
    assert (relay.text, relay.thinking, relay.events, relay.pieces) == ("one two three", "hm", 2, 1)


@pytest.mark.parametrize("prefixed", [refuses, does_not_continue])
async def test_a_model_that_takes_no_prefix_is_asked_without_a_restart(
    chat: ChatFixture, flusher: Flusher, prefixed: Ask
) -> None:
    turn_id, claimed = await continued(chat)
    relay = await relay_of(claimed, flusher)
    asked = join(says_three, TEXT, has_thought=True)
    await relay.run(partial(go_on, prefixed, asked, keeps=True), SECONDS)
    assert await kinds(chat, turn_id) == ["start", "snapshot", "chunk"]
    assert relay.text == "one two three"


async def test_calls_of_tools_are_handed_on_behind_the_text(chat: ChatFixture, flusher: Flusher) -> None:
    async def calls_a_tool(sink: Sink) -> Delta:
        sink.add(Delta(" three", calls=(CallDelta(0, "c", "f", "{}"),)))
        return Delta(finish_reason="tool_calls")

    turn_id, claimed = await continued(chat)
    relay = await relay_of(claimed, flusher)
    await relay.run(join(calls_a_tool, TEXT, has_thought=True), SECONDS)
    assert await kinds(chat, turn_id) == ["start", "snapshot", "chunk", "tool_call", "tool_arguments"]
    assert (relay.text, [call.name for call in relay.calls]) == ("one two three", ["f"])


async def test_an_attempt_that_begins_anew_begins_after_the_text(chat: ChatFixture, flusher: Flusher) -> None:
    turn_id, claimed = await continued(chat)
    await (await relay_of(claimed, flusher)).run(says_three, SECONDS)
    again = await relay_of(await chat.turns.begin(turn_id, "200"), flusher, "200")
    await again.run(says_three, SECONDS)
    assert await kinds(chat, turn_id) == ["start", "restart", "snapshot", "chunk"]
    assert again.text == "one two three"


async def test_a_restart_in_mid_reply_keeps_the_text(chat: ChatFixture, flusher: Flusher) -> None:
    turn_id, claimed = await continued(chat)

    async def starts_again(sink: Sink) -> Delta:
        sink.add(Delta("thr"))
        sink.restart()
        return await says_three(sink)

    relay = await relay_of(claimed, flusher)
    await relay.run(starts_again, SECONDS)
    assert (await kinds(chat, turn_id))[-3:] == ["restart", "snapshot", "chunk"]
    assert (relay.text, relay.thinking) == ("one two three", "hm")


async def test_a_request_that_is_repeated_is_joined_from_its_beginning(chat: ChatFixture, flusher: Flusher) -> None:
    _, claimed = await continued(chat)

    async def repeats(sink: Sink) -> Delta:
        sink.add(Delta("one t"))
        sink.add(Retry(attempt=2, reason="model_timeout", wait_seconds=0))
        sink.add(Delta("one two th"))
        sink.add(Delta("ree"))
        return LAST

    relay = await relay_of(claimed, flusher)
    await relay.run(join(repeats, TEXT, has_thought=True), SECONDS)
    assert relay.text == "one two three"


@pytest.mark.parametrize(("response", "continues"), [("", "prefix"), ("r", "background")])
async def test_text_after_a_prefix_is_kept_and_a_response_made_again(
    chat: ChatFixture, flusher: Flusher, response: str, continues: Continuation
) -> None:
    turn_id, claimed = await continued(chat)

    async def says(sink: Sink) -> Delta:
        sink.track(lambda pieces: Position(model="m", pieces=pieces, response=response, after=1).encoded())
        sink.add(Delta("three"))
        return LAST

    await (await relay_of(claimed, flusher)).run(says, SECONDS)
    again = await chat.turns.begin(turn_id, "200", earlier="ask")
    assert again.turn
    kept = await kept_by(again.turn, chat.log, catalog(continues))
    assert (kept.reply.content if kept and kept.reply else "") == ("" if response else "one two three")


async def test_a_worker_of_an_earlier_release_makes_the_reply_again(chat: ChatFixture) -> None:
    turn_id, claimed = await continued(chat)
    assert claimed.turn
    await chat.append(LogWriter(turn_id, "100", claimed.turn.seq), Chunk("all of it"))
    await chat.close(turn_id, "100", "all of it")
    assert await kinds(chat, turn_id) == ["start", "chunk", "end"]
    assert await chat.contents() == ["hello", "all of it"]


async def test_the_steps_of_the_base_are_not_kept_as_the_turns_own(chat: ChatFixture, flusher: Flusher) -> None:
    call = ServerCall(id="c", name="find", arguments="{}", server="docs", started=True, status="ok", content="3")
    turn_id, claimed = await continued(chat, steps=[ReplyStep(content="one ", calls=[call])])
    await (await relay_of(claimed, flusher)).run(says_three, SECONDS)
    again = await chat.turns.begin(turn_id, "200", earlier="ask")
    assert again.turn
    assert await kept_by(again.turn, chat.log, catalog("prefix")) is None
