"""What the model is asked, from a history and a question."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.messages import Message
from worker.llm.prompt import NO_ANSWER, build


def talk(count: int) -> list[Message]:
    """Questions and replies by turns, a question last for odd counts."""
    roles = ("user", "assistant")
    return [Message(role=roles[n % 2], content=f"m{n}", id=f"id{n}") for n in range(count)]


@given(st.integers(0, 15).map(lambda n: 2 * n + 1), st.integers(0, 12))
def test_the_prompt_then_at_most_so_many_messages_then_the_question(count: int, context: int) -> None:
    history = talk(count)
    prompt = build("be kind", history, history[-1].id, context)
    assert prompt is not None
    assert prompt[0] == {"role": "system", "content": "be kind"}
    earlier = history[:-1][len(history[:-1]) - min(context, count - 1) :]
    if earlier and earlier[0].role == "assistant":  # an answer without its question is left out
        del earlier[0]
    assert prompt[1:] == [{"role": message.role, "content": message.content} for message in [*earlier, history[-1]]]


@pytest.mark.parametrize("context", [0, 2, 10])
def test_what_came_after_the_question_is_not_sent(context: int) -> None:
    prompt = build("s", talk(6), "id2", context)
    assert prompt is not None
    assert prompt[-1] == {"role": "user", "content": "m2"}
    assert [message["content"] for message in prompt[1:-1]] == ["m0", "m1"][2 - min(2, context) :]


def test_a_question_that_is_gone_is_not_asked() -> None:
    assert build("s", talk(5), "another", 10) is None
    assert build("s", [], "id0", 10) is None


def test_a_question_without_an_answer_is_sent_with_a_sign_of_that() -> None:
    history = [*talk(2), Message(role="user", content="q"), Message(role="assistant", content="")]
    history.append(Message(role="user", content="last", id="last"))
    prompt = build("s", history, "last", 2)
    assert prompt is not None
    assert [message["content"] for message in prompt] == ["s", "q", NO_ANSWER, "last"]


@st.composite
def histories(draw: st.DrawFn) -> list[Message]:
    """Questions of which some got no answer, an empty one or half a one; the oldest may be trimmed; a question last."""
    history = []
    for number, answers in enumerate(draw(st.lists(st.sampled_from([[], [""], ["re: "], ["…"]]), max_size=12))):
        history.append(Message(role="user", content=f"q{number}"))
        history += [Message(role="assistant", content=text and f"{text}{number}") for text in answers]
    last = Message(role="user", content=draw(st.sampled_from(["last", "…", " ", "q0"])), id="last")
    return [*history[draw(st.integers(0, len(history))) :], last]


@given(histories(), st.integers(0, 12))
def test_the_roles_alternate_strictly_and_the_question_is_last_and_unchanged(
    history: list[Message], context: int
) -> None:
    prompt = build("s", history, "last", context)
    assert prompt is not None
    said = prompt[1:]
    assert [message["role"] for message in said] == ["user", "assistant"] * (len(said) // 2) + ["user"]
    assert prompt[-1] == {"role": "user", "content": history[-1].content}
    assert len(said) - 1 <= context


@given(histories(), st.integers(0, 12))
def test_what_is_sent_of_earlier_was_said_and_is_the_newest_with_a_sign_for_each_missing_answer(
    history: list[Message], context: int
) -> None:
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


def test_messages_carry_nothing_but_role_and_content() -> None:
    reply = Message(role="assistant", content="a", thinking="secret", model="m", persona="p", finish_reason="stop")
    prompt = build("s", [reply, Message(role="user", content="q", id="q")], "q", 10)
    assert prompt is not None
    assert all(set(message) == {"role", "content"} for message in prompt)
