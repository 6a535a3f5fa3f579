"""The coalescer turns many deltas into few events and loses no character."""

from hypothesis import given
from hypothesis import strategies as st

from chat.events import Chunk, Retry, Thinking, ToolArguments, ToolCall
from worker.llm.delta import CallDelta, Delta
from worker.output.coalescer import Coalescer

TEXT = st.text(max_size=3)
CALLS = st.builds(CallDelta, st.integers(0, 1), st.sampled_from(["", "a"]), st.just("f"), TEXT, st.none())
ITEMS = st.lists(
    st.builds(Delta, TEXT, TEXT, st.none(), st.none(), st.just(()))
    | st.builds(Delta, st.just(""), st.just(""), st.none(), st.none(), st.tuples(CALLS))
    | st.builds(Retry, attempt=st.integers(2, 3), reason=st.just("model_timeout"), wait_seconds=st.just(1.0))
)


def filled(*items: Delta | Retry) -> Coalescer:
    coalescer = Coalescer()
    for item in items:
        coalescer.add(item)
    return coalescer


def test_adjacent_deltas_of_one_kind_become_one_event() -> None:
    out = filled(Delta(content="a"), Delta(content="b"), Delta(thinking="c"), Delta(thinking="d")).take()
    assert out == [Chunk(content="ab"), Thinking(content="cd")]


def test_items_of_different_kinds_keep_their_order() -> None:
    retry = Retry(attempt=2, reason="model_timeout", wait_seconds=1)
    out = filled(Delta(thinking="a"), Delta(content="b"), retry, Delta(content="c"), Delta(thinking="d")).take()
    assert out == [
        Thinking(content="a"),
        Chunk(content="b"),
        retry,
        Chunk(content="c"),
        Thinking(content="d"),
    ]


def test_calls_begin_and_adjacent_arguments_become_one_event() -> None:
    begun = [CallDelta(0, "a", "sun", "{", {"x": 1}), CallDelta(0, arguments="}"), CallDelta(1, "b", "rain")]
    out = filled(*(Delta(calls=(call,)) for call in begun), Delta(calls=(CallDelta(1, arguments="{}"),))).take()
    assert out == [
        ToolCall(index=0, id="a", name="sun", extra_content={"x": 1}),
        ToolArguments(0, "{}"),
        ToolCall(index=1, id="b", name="rain"),
        ToolArguments(1, "{}"),
    ]


def test_deltas_without_text_give_no_event() -> None:
    coalescer = filled(Delta(), Delta(finish_reason="stop"))
    assert not coalescer
    assert coalescer.take() == []


def test_a_taken_event_is_not_returned_again() -> None:
    coalescer = filled(Delta(content="a"))
    assert coalescer
    assert coalescer.take() == [Chunk(content="a")]
    assert not coalescer
    coalescer.add(Delta(content="b"))
    assert coalescer.take() == [Chunk(content="b")]


@given(ITEMS, st.sets(st.integers(0, 20)))
def test_takes_at_any_moment_lose_no_character(items: list[Delta | Retry], takes: set[int]) -> None:
    coalescer, out = Coalescer(), []
    for number, item in enumerate(items):
        coalescer.add(item)
        if number in takes:
            out += coalescer.take()
    out += coalescer.take()
    deltas = [item for item in items if isinstance(item, Delta)]
    assert "".join(e.content for e in out if isinstance(e, Chunk)) == "".join(delta.content for delta in deltas)
    assert "".join(e.content for e in out if isinstance(e, Thinking)) == "".join(delta.thinking for delta in deltas)
    for number in (0, 1):
        whole = "".join(call.arguments for delta in deltas for call in delta.calls if call.number == number)
        assert "".join(e.content for e in out if isinstance(e, ToolArguments) and e.index == number) == whole
    assert [e for e in out if isinstance(e, Retry)] == [item for item in items if isinstance(item, Retry)]
    assert all(event.content for event in out if isinstance(event, Chunk | Thinking | ToolArguments))


@given(ITEMS)
def test_each_delta_with_text_is_counted_once_when_taken(items: list[Delta | Retry]) -> None:
    coalescer = filled(*items)
    assert coalescer.taken == 0
    coalescer.take()
    coalescer.take()
    deltas = [item for item in items if isinstance(item, Delta)]
    arguments = [call.arguments for each in deltas for call in each.calls]
    texts = [text for each in deltas for text in (each.content, each.thinking)]
    assert coalescer.taken == len(list(filter(None, texts + arguments)))
