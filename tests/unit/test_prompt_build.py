"""What the model is asked, from a history and a question."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.messages import Message
from worker.prompt import NO_ANSWER, build


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


def test_messages_carry_nothing_but_role_and_content() -> None:
    reply = Message(role="assistant", content="a", thinking="secret", model="m", persona="p", finish_reason="stop")
    prompt = build("s", [reply, Message(role="user", content="q", id="q")], "q", 10)
    assert prompt is not None
    assert all(set(message) == {"role", "content"} for message in prompt)
