"""Streams of other protocols end where a turn waits for its user, and another one goes on with the reply."""

from collections.abc import AsyncGenerator
from typing import Any, NamedTuple, TypeGuard

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from api.protocols.ag_ui.translation import AgUiTranslation, Run
from api.protocols.ai_sdk.translation import UiMessageTranslation
from api.protocols.translation import GoesOn, Translation, translated
from api.streaming.pauses import ASKS, PAUSED, with_pauses
from api.streaming.sse import Frame
from chat.asks import Ask
from chat.event_log import Entry
from chat.events import AnyEvent, ApprovalEvent, Chunk, End, StepDone, ToolCall, parse
from tests.support.ag_ui_messages import Conversation, events_of
from tests.support.approvals import ask, form
from tests.support.event_logs import SESSION, TURN, Fed, fed, merged, replayed
from tests.support.tool_logs import tool_logs
from tests.support.ui_messages import UiMessage, chunks_of

FEW = settings(max_examples=20)
CALL = ToolCall(index=0, id="c", name="find", server="docs")


class Pause(NamedTuple):
    """A log with a place where its turn waits. `asked`: the frame that says so."""

    log: list[Entry]
    at: int
    asked: Fed


def is_asked(event: AnyEvent) -> TypeGuard[ApprovalEvent]:
    return isinstance(event, ApprovalEvent) and event.state == "asked"


@st.composite
def pauses(draw: st.DrawFn) -> Pause:
    log = draw(tool_logs()).entries
    events = [parse(each.json) for each in log]
    asked = [at for at, event in enumerate(events, 1) if is_asked(event) and event.kind == "call"]
    assume(asked)
    at = draw(st.sampled_from(asked))
    known = {event.id: event for event in events[:at] if isinstance(event, ApprovalEvent)}
    asks = {"call": ask, "input": lambda index: form(index, 0)}
    open_asks = [
        asks[event.kind](event.index).model_copy(update={"revision": event.revision})
        for event in known.values()
        if is_asked(event)
    ]
    return Pause(log, at, paused(open_asks, at))


def paused(asks: list[Ask], seq: int) -> Fed:
    return PAUSED, ASKS.dump_json(asks).decode(), seq


def sent(translation: Translation, events: list[Fed]) -> bytes:
    data = translation.begin()
    for each in events:
        data += b"" if translation.is_over else translation.frame(*each)
    assert translation.is_over
    return data


def shape(message: UiMessage) -> tuple[object, ...]:
    """What the user sees: within a step a snapshot has thinking before text, and the last approval of a call only."""
    texts = {kind: "".join(p["text"] for p in message.parts if p["type"] == kind) for kind in ("text", "reasoning")}
    tools = [(p["id"], p["state"], p["input"], p["output"]) for p in message.parts if p["type"] == "tool"]
    return texts, tools, message.reason


def rest_of(pause: Pause, data: st.DataObject) -> list[Fed]:
    """What a reader gets from the log after the answer: one by one, merged, or as a snapshot, which has the answers."""
    if data.draw(st.booleans()):
        at = data.draw(st.integers(_answered_at(pause), len(pause.log) - 1))
        return [replayed(pause.log[:at]), *fed(pause.log[at:])]
    return merged(pause.log, data.draw(st.integers(0, len(pause.log))))


def _answered_at(pause: Pause) -> int:
    """The last answer to what is asked: the client answers all, and reads then."""
    asked = {ask.id for ask in ASKS.validate_json(pause.asked[1])}
    events = enumerate((parse(each.json) for each in pause.log), 1)
    answers = ((at, event) for at, event in events if isinstance(event, ApprovalEvent) and not is_asked(event))
    return max(at for at, answer in answers if at > pause.at and answer.id in asked)


@FEW
@given(pauses(), st.data())
def test_a_chat_goes_on_after_each_pause(pause: Pause, data: st.DataObject) -> None:
    whole, message = UiMessage(), UiMessage()
    whole.apply(chunks_of(sent(UiMessageTranslation(TURN), fed(pause.log))))
    message.apply(chunks_of(sent(UiMessageTranslation(TURN), [*fed(pause.log[: pause.at]), pause.asked])))
    assert message.reason == "tool-calls"
    answered = {each.id for each in ASKS.validate_json(pause.asked[1]) if each.kind == "call"}
    translation = GoesOn(UiMessageTranslation(TURN, goes_on=True, answered=answered), pause.at)
    message.go_on(chunks_of(sent(translation, rest_of(pause, data))))
    assert shape(message) == shape(whole)


@FEW
@given(pauses(), st.data())
def test_a_chat_that_answers_again_gets_the_whole(pause: Pause, data: st.DataObject) -> None:
    whole, message = UiMessage(), UiMessage()
    whole.apply(chunks_of(sent(UiMessageTranslation(TURN), fed(pause.log))))
    message.apply(chunks_of(sent(UiMessageTranslation(TURN), [*fed(pause.log[: pause.at]), pause.asked])))
    message.go_on(chunks_of(sent(UiMessageTranslation(TURN, replaces=True), rest_of(pause, data))))
    assert shape(message) == shape(whole)


@FEW
@given(pauses(), st.data())
def test_a_run_goes_on_after_each_pause(pause: Pause, data: st.DataObject) -> None:
    base = [{"id": "q", "role": "user", "content": "Why?"}]
    whole, first = Conversation(base), Conversation(base)
    whole.apply(events_of(sent(AgUiTranslation(Run(TURN, "t", "1", base)), fed(pause.log))))
    asked = [*fed(pause.log[: pause.at]), pause.asked]
    first.apply(events_of(sent(AgUiTranslation(Run(TURN, "t", "1", base)), asked)))
    assert (first.outcome, len(first.interrupts)) == ("interrupt", len(ASKS.validate_json(pause.asked[1])))
    has = list(first.messages.values())
    translation = GoesOn(AgUiTranslation(Run(TURN, "t", "2", has, goes_on=True)), pause.at)
    first.apply(events_of(sent(translation, rest_of(pause, data))))
    assert sorted(first.given, key=str) == sorted(whole.given, key=str)
    assert first.outcome == whole.outcome


def entries(*events: Any) -> list[Fed]:
    return fed([Entry.of(seq, event) for seq, event in enumerate(events, 1)])


def test_a_form_alone_does_not_end_a_chat() -> None:
    translation = UiMessageTranslation(TURN)
    for each in entries(CALL, StepDone(index=0)):
        translation.frame(*each)
    assert translation.frame(*paused([form()], 2)) == b""
    assert not translation.is_over


def test_a_pause_shows_questions_that_have_not_come() -> None:
    message = UiMessage()
    events = [*entries(CALL, StepDone(index=0)), paused([ask()], 3)]
    message.apply(chunks_of(sent(UiMessageTranslation(TURN), events)))
    assert (message.parts[-1]["state"], message.parts[-1]["approval"]) == (
        "approval-requested",
        {"id": f"5-r.a0-{ask().revision}"},
    )


def test_a_stopped_call_is_an_error_to_a_chat() -> None:
    message = UiMessage()
    last = End(session_id=SESSION, finish_reason="cancelled")
    asked = ApprovalEvent(id="0", index=0, kind="call", state="asked")
    allowed = asked.model_copy(update={"state": "allowed"})
    message.apply(chunks_of(sent(UiMessageTranslation(TURN), entries(CALL, StepDone(index=0), asked, allowed, last))))
    assert (message.parts[-1]["state"], message.reason) == ("output-error", "abort")


def test_an_interrupt_says_until_when_and_how_to_answer() -> None:
    asked = [ask().model_copy(update={"until": 1.5}), form()]
    data = sent(AgUiTranslation(Run(TURN, "t", "1", [])), [*entries(CALL, StepDone(index=0)), paused(asked, 2)])
    call, question = events_of(data)[-1][1]["outcome"]["interrupts"]
    assert call["expiresAt"] == "1970-01-01T00:00:01.500000+00:00"
    assert (call["message"], call["responseSchema"]["required"]) == ("Call delete_file of files?", ["approved"])
    assert (question["message"], question["toolCallId"]) == ("Your name?", "5-r.c0")


async def test_a_pause_follows_the_last_event_before_it() -> None:
    asked = ApprovalEvent(id="0", index=0, kind="call", state="asked")
    log = [Entry.of(1, Chunk("a")), Entry.of(2, asked), Entry.of(3, asked)]
    looked = list[int]()

    async def batches() -> AsyncGenerator[list[Frame]]:
        for entry in log:
            yield [Frame(entry.seq, False, b"", entry.kind, entry.json)]

    async def open_asks(seq: int) -> list[Ask]:
        looked.append(seq)
        return [ask()] if seq == 3 else []

    translation = AgUiTranslation(Run(TURN, "t", "1", []))
    translation.frame(*entries(CALL)[0])
    frames = [frame async for batch in translated(with_pauses(batches(), open_asks), translation) for frame in batch]
    assert looked == [2, 3]
    assert (frames[-1].is_terminal, b'"interrupt"' in frames[-1].data) == (True, True)
