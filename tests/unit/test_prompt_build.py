"""The model's prompt is built from the persona's prompt, the history and the question."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.messages import Message
from worker.llm.prompt import NO_ANSWER, build


def talk(count: int) -> list[Message]:
    """Returns alternating questions and replies; an odd count ends with a question."""
    roles = ("user", "assistant")
    return [Message(role=roles[n % 2], content=f"m{n}", id=f"id{n}") for n in range(count)]


@given(st.integers(0, 15).map(lambda n: 2 * n + 1), st.integers(0, 12))
def test_a_prompt_has_persona_then_context_then_question(count: int, context: int) -> None:
    history = talk(count)
    prompt = build("be kind", history, history[-1].id, context)
    assert prompt is not None
    assert prompt[0] == {"role": "system", "content": "be kind"}
    earlier = history[:-1][len(history[:-1]) - min(context, count - 1) :]
    if earlier and earlier[0].role == "assistant":  # a reply without its question is left out
        del earlier[0]
    assert prompt[1:] == [{"role": message.role, "content": message.content} for message in [*earlier, history[-1]]]


@pytest.mark.parametrize("context", [0, 2, 10])
def test_messages_after_the_question_are_not_sent(context: int) -> None:
    prompt = build("s", talk(6), "id2", context)
    assert prompt is not None
    assert prompt[-1] == {"role": "user", "content": "m2"}
    assert [message["content"] for message in prompt[1:-1]] == ["m0", "m1"][2 - min(2, context) :]


def test_a_missing_question_gives_no_prompt() -> None:
    assert build("s", talk(5), "another", 10) is None
    assert build("s", [], "id0", 10) is None


def test_an_unanswered_question_is_sent_with_a_marker() -> None:
    history = [*talk(2), Message(role="user", content="q"), Message(role="assistant", content="")]
    history.append(Message(role="user", content="last", id="last"))
    prompt = build("s", history, "last", 2)
    assert prompt is not None
    assert [message["content"] for message in prompt] == ["s", "q", NO_ANSWER, "last"]


@st.composite
def histories(draw: st.DrawFn) -> list[Message]:
    """Draws questions with full, partial, empty or missing replies, maybe without the oldest, and a last question."""
    history = []
    for number, answers in enumerate(draw(st.lists(st.sampled_from([[], [""], ["re: "], ["…"]]), max_size=12))):
        history.append(Message(role="user", content=f"q{number}"))
        history += [Message(role="assistant", content=text and f"{text}{number}") for text in answers]
    last = Message(role="user", content=draw(st.sampled_from(["last", "…", " ", "q0"])), id="last")
    return [*history[draw(st.integers(0, len(history))) :], last]


@given(histories(), st.integers(0, 12))
def test_roles_alternate_and_the_unchanged_question_is_last(history: list[Message], context: int) -> None:
    prompt = build("s", history, "last", context)
    assert prompt is not None
    conversation = prompt[1:]
    assert [message["role"] for message in conversation] == ["user", "assistant"] * (len(conversation) // 2) + ["user"]
    assert prompt[-1] == {"role": "user", "content": history[-1].content}
    assert len(conversation) - 1 <= context


@given(histories(), st.integers(0, 12))
def test_the_newest_pairs_are_sent_with_missing_replies_marked(history: list[Message], context: int) -> None:
    prompt = build("s", history, "last", context)
    assert prompt is not None
    pairs, answers = [], iter([*history[1:], history[-1]])
    for message, following in zip(history[:-1], answers, strict=False):
        if message.role == "user":
            has_answer = following.role == "assistant" and following.content
            pairs.append((message.content, following.content if has_answer else NO_ANSWER))
    contents = [message["content"] for message in prompt[1:-1]]
    sent = list(zip(contents[::2], contents[1::2], strict=True))
    assert sent == pairs[len(pairs) - min(context // 2, len(pairs)) :]


def test_sent_messages_have_only_role_and_content() -> None:
    reply = Message(role="assistant", content="a", thinking="secret", model="m", persona="p", finish_reason="stop")
    prompt = build("s", [reply, Message(role="user", content="q", id="q")], "q", 10)
    assert prompt is not None
    assert all(set(message) == {"role", "content"} for message in prompt)
