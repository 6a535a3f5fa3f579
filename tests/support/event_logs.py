"""Random event logs of a turn, as workers write them, for property tests of translations."""

from hypothesis import strategies as st

from chat.event_log import Entry
from chat.events import (
    AnyEvent,
    Chunk,
    End,
    Error,
    Restart,
    Resume,
    Retry,
    Snapshot,
    Start,
    Thinking,
    ToolArguments,
    ToolCall,
    encode,
    parse,
)
from chat.replay import Replay
from chat.tool_calls import FunctionCall
from chat.usage import Usage

TURN = "11111111-1111-4111-8111-111111111111.5"
SESSION = "11111111-1111-4111-8111-111111111111"
Fed = tuple[str, str, int]
"""Kind, JSON and number of an event, as a translation gets them."""

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=6)
RETRIES = st.just(Retry(attempt=2, reason="model_timeout", wait_seconds=1.0))
ENDS: list[AnyEvent] = [
    End(session_id=SESSION, finish_reason="stop", usage=Usage(prompt_tokens=1, completion_tokens=2, total_tokens=3)),
    End(session_id=SESSION, finish_reason="length"),
    End(session_id=SESSION, finish_reason="cancelled"),
    Error(code="model_timeout", content="It took too long.", retryable=True),
]


@st.composite
def logs(draw: st.DrawFn, *, tools: bool = True) -> list[Entry]:
    """A log with several attempts; each one but the first begins the reply again, or goes on."""
    events: list[AnyEvent] = [Start(turn_id=TURN, session_id=SESSION, position=0)]
    last = draw(st.sampled_from(ENDS))
    for attempt in range(1, draw(st.integers(1, 3)) + 1):
        if attempt > 1:
            again: list[AnyEvent] = [Restart(attempt=attempt), Resume(attempt=attempt)]
            events.append(draw(st.sampled_from(again)))
        events += draw(st.lists(st.one_of(TEXTS.map(Chunk), TEXTS.map(Thinking), RETRIES), max_size=8))
    if tools and draw(st.booleans()):
        events.append(Restart(attempt=9))
        events += _calls(draw(st.lists(st.lists(TEXTS, max_size=3), min_size=1, max_size=3)))
        last = End(session_id=SESSION, finish_reason="tool_calls")
    return [Entry.of(seq, event) for seq, event in enumerate([*events, last], 1)]


def _calls(arguments: list[list[str]]) -> list[AnyEvent]:
    events = list[AnyEvent]()
    for index, parts in enumerate(arguments):
        events.append(ToolCall(index=index, id=f"call_{index}", name="weather"))
        events += [ToolArguments(index, part) for part in parts]
    return events


def fed(entries: list[Entry]) -> list[Fed]:
    """The events one by one, as a reader gets them who follows."""
    return [(each.kind, each.json, each.seq) for each in entries]


def merged(entries: list[Entry], live: int) -> list[Fed]:
    """The events as a late reader gets them: all but the last `live` ones are merged."""
    split = len(entries) - live
    if not split:
        return fed(entries)
    replay = Replay()
    replay.add(entries[:split])
    late = [(each.kind, _text(each.json), each.seq) for each in replay.entries()]
    return [*late, *fed(entries[split:])]


def _text(json: str | bytes) -> str:
    return json if isinstance(json, str) else json.decode()


def replayed(entries: list[Entry]) -> Fed:
    """The snapshot that a replay makes of the events."""
    replay = Replay()
    replay.add(entries)
    made = replay.snapshot()[0]
    return made.kind, _text(made.json), made.seq


def snapshot_of(entries: list[Entry]) -> Fed:
    """What a reader gets whose cursor the log cannot serve: all of the reply so far."""
    texts, calls = {"chunk": "", "thinking": ""}, list[FunctionCall]()
    for event in [parse(each.json) for each in entries]:
        if isinstance(event, Restart):
            texts, calls = {"chunk": "", "thinking": ""}, []
        elif isinstance(event, Chunk | Thinking):
            texts[event.type] += event.content
        elif isinstance(event, ToolCall):
            calls.append(FunctionCall(id=event.id, name=event.name, arguments=""))
        elif isinstance(event, ToolArguments):
            calls[event.index].arguments += event.content
    snapshot = Snapshot(content=texts["chunk"], thinking=texts["thinking"], tool_calls=calls or None)
    return "snapshot", encode(snapshot), entries[-1].seq
