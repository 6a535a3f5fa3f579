"""Our own form loses nothing: what is exported and read again is the same."""

import json
from collections import Counter
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.message_files import files_of
from chat.messages import MAX_LOST_WORKERS, Message
from chat.tool_calls import Approval, FunctionCall, ReplyStep, ServerCall, ToolImage
from chat.transfer import holdfast
from chat.transfer.conversation import Conversation
from chat.transfer.holdfast import Total
from chat.transfer.limits import Limits
from chat.transfer.own_steps import MAX_CALLS, MAX_IMAGES
from chat.usage import Usage
from tests.support.foreign_exports import LIMITS, own, own_message

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
TIMES = st.floats(1, 4e9)
APPROVALS = st.builds(
    Approval,
    id=st.just("0.1"),
    index=st.integers(0, 3),
    kind=st.sampled_from(["call", "input"]),
    state=st.sampled_from(["asked", "allowed_session", "denied"]),
    message=st.none() | st.just("Which?"),
    form=st.none(),
    until=st.none(),
    note=st.none() | st.just("no"),
)
IMAGES = st.builds(
    ToolImage,
    id=st.sampled_from(["a" * 32, "b" * 32]),
    type=st.just("image/png"),
    width=st.none() | st.integers(1, 9),
    height=st.none(),
)
CALLS = st.builds(
    ServerCall,
    id=st.just("c"),
    name=st.just("f"),
    arguments=TEXTS,
    extra_content=st.none(),
    server=st.just("docs"),
    title=st.none() | st.just("Look up"),
    server_title=st.none() | st.just("Documents"),
    started=st.booleans(),
    started_at=st.none() | st.just(1.7e9),
    status=st.sampled_from([None, "ok", "unknown"]),
    content=st.none() | TEXTS,
    images=st.none() | st.lists(IMAGES, min_size=1, max_size=2, unique_by=lambda image: image.id),
    code=st.sampled_from([None, "tool_timeout"]),
    seconds=st.none() | st.floats(0, 100),
    approval=st.none() | APPROVALS,
)
STEPS = st.builds(
    ReplyStep,
    content=TEXTS,
    thinking=st.none() | TEXTS.filter(bool),
    calls=st.lists(CALLS, max_size=2),
    usage=st.sampled_from([None, Usage(prompt_tokens=1)]),
    complete=st.booleans(),
)
SESSION = {"session_id": "s", "title": "T", "role": "assistant", "created_at": 1.5, "updated_at": 2.5}


def document(messages: Sequence[Message], **fields: Any) -> str:
    """Returns an export of one session, as `chat.exports` writes it."""
    text = holdfast.head(1.0, Total(1, len(messages))) + holdfast.session_head(SESSION | fields, is_first=True)
    for number, message in enumerate(messages):
        text += holdfast.lines([message], are_first=not number)
    return text + holdfast.SESSION_END + holdfast.END


def read(value: dict[str, Any], limits: Limits = LIMITS) -> Conversation:
    assert holdfast.fits(value)
    return holdfast.read(value, limits)


@st.composite
def trees(draw: st.DrawFn) -> list[Message]:
    messages = list[Message]()
    for number in range(draw(st.integers(0, 12))):
        parent = draw(st.sampled_from([None, *messages]))
        is_reply = parent is not None and parent.role == "user" and draw(st.booleans())
        messages.append(
            Message(
                id=draw(st.sampled_from([f"{number}-q", f"m_{number}", f"{number:032x}"])),
                parent_id=parent.id if parent else None,
                role="assistant" if is_reply else "user",
                content=draw(TEXTS),
                timestamp=draw(TIMES),
                turn_id=draw(st.sampled_from([None, "5f0c1d3e-8a4b-4c7d-9e2f-1a2b3c4d5e6f.12"])),
                persona=draw(st.sampled_from([None, "teacher"])),
                model=draw(st.sampled_from([None, "m/1"])),
                asked_model=draw(st.sampled_from([None, "m/2"])),
                finish_reason=draw(st.sampled_from([None, "stop", "error"])),
                error=draw(st.sampled_from([None, "model_unreachable"])),
                usage=draw(st.sampled_from([None, Usage(prompt_tokens=1), Usage()])),
                thinking=draw(st.none() | TEXTS),
                thinking_seconds=draw(st.none() | st.floats(0, 100)),
                seconds=draw(st.none() | st.floats(0, 100)),
                lost_workers=draw(st.none() | st.integers(1, MAX_LOST_WORKERS)),
                tool_calls=[FunctionCall(id="c", name="f", arguments=draw(TEXTS))]
                if is_reply and draw(st.booleans())
                else None,
                steps=draw(st.none() | st.lists(STEPS, min_size=1, max_size=2)) if is_reply else None,
            )
        )
    return messages


@given(trees())
def test_a_session_is_the_same_after_export_and_import(messages: list[Message]) -> None:
    leaves = [each.id for each in messages if each.id not in {other.parent_id for other in messages}]
    text = document(messages, leaf=leaves[-1] if leaves else None, trimmed=False)
    file = json.loads(text)
    assert (file["format"], file["version"], file["total"]) == (
        "holdfast",
        1,
        {"sessions": 1, "messages": len(messages)},
    )
    found = read(file["sessions"][0])
    assert +found.left_out == {}
    assert found.leaf == (leaves[-1] if leaves else None)
    again = document(found.messages, leaf=found.leaf, trimmed=found.trimmed)
    assert again == text
    assert (found.title, found.role, found.created_at, found.updated_at) == ("T", "assistant", 1.5, 2.5)


def test_each_message_is_one_line() -> None:
    text = document([Message(id="a", role="user", content="1\n2\u2028", timestamp=1.0)], leaf="a")
    assert len(text.split("\n")) == 1 + 1 + 1 + 2 + 1


def test_a_cut_document_is_no_json() -> None:
    text = document([Message(id="a", role="user", content="x", timestamp=1.0)], leaf="a")
    for length in range(len(text) - 1):
        with pytest.raises(json.JSONDecodeError):
            json.loads(text[:length])


def test_parents_that_were_trimmed_stay_named() -> None:
    value = own(own_message("a", "gone", "assistant", "x"), own_message("b", "gone", "assistant", "y"), trimmed=True)
    found = read(value)
    assert [each.parent_id for each in found.messages] == ["gone", "gone"]
    assert [each.parent_id for each in read(value | {"trimmed": False}).messages] == [None, None]


INVALID: dict[str, dict[str, Any]] = {
    "role": {"role": "system"},
    "no time": {"timestamp": "yesterday"},
    "finish": {"finish_reason": "exploded"},
    "usage": {"usage": "much"},
}


@pytest.mark.parametrize("case", INVALID)
def test_an_invalid_message_is_left_out(case: str) -> None:
    value = own(
        own_message("q", None, "user", "x"),
        {**own_message("a", "q", "assistant", "y"), **INVALID[case]},
        own_message("b", "a", "user", "z"),
    )
    found = read(value)
    assert [(each.id, each.parent_id) for each in found.messages] == [("q", None), ("b", "q")]
    assert +found.left_out == {"invalid_messages": 1}


@pytest.mark.parametrize("name", ["", "a:b", "x" * 65, "ü", "999999999999999999-q", 5, None])
def test_an_unusable_id_is_renewed(name: Any) -> None:
    value = own(own_message("q", None, "user", "x"))
    value["messages"][0]["id"] = value["leaf"] = name
    (message,) = read(value).messages
    assert message.id != name
    assert message.content == "x"


def test_cycles_duplicates_and_long_messages_are_counted() -> None:
    found = read(
        own(
            own_message("a", "b", "user", "x"),
            own_message("b", "a", "assistant", "y" * 2000),
            own_message("b", "a", "assistant", "z"),
        )
    )
    assert [(each.id, each.parent_id, len(each.content)) for each in found.messages] == [
        ("a", None, 1),
        ("b", "a", 1000),
    ]
    assert found.left_out == Counter(missing_parents=1, duplicates=1, shortened=1)


def test_what_is_not_valid_in_steps_is_left_out() -> None:
    call = {
        "id": 5,
        "name": "f\n",
        "status": "fine",
        "content": 3,
        "approval": {"index": -1},
        "images": [{"id": "x"}, {"id": "c" * 32, "width": -1}],
    }
    steps = [{"content": "a" * 2000, "calls": [call, *[{}] * 2000]}, "no step"]
    (reply,) = read(own({**own_message("a", None, "assistant", "x"), "steps": steps})).messages
    assert reply.steps
    assert [len(step.calls) for step in reply.steps] == [MAX_CALLS, 0]
    assert reply.steps[0].calls[0] == ServerCall(
        id="", name="f", arguments="", server="", images=[ToolImage(id="c" * 32, type="")]
    )
    assert len(reply.steps[0].content) == LIMITS.message_chars
    (question,) = read(own({**own_message("a", None, "user", "x"), "steps": steps})).messages
    assert question.steps is None


def test_images_beyond_the_limit_are_left_out() -> None:
    images = [{"id": f"{number:032x}", "type": "t" * 500} for number in range(600)]
    steps = [{"calls": [{"images": images}, {"images": images}]}, {"calls": [{"images": images}]}]
    (reply,) = read(own({**own_message("a", None, "assistant", "x"), "steps": steps})).messages
    assert [len(call.images or ()) for step in reply.steps or () for call in step.calls] == [600, 400, 0]
    assert len(files_of(reply)) == MAX_IMAGES
