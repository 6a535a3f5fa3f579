"""A session's title is made from the model's answer."""

import pytest

from chat import titles
from chat.messages import Message
from worker.jobs.titles import QUESTION_CHARS, REPLY_CHARS, request


@pytest.mark.parametrize(
    ("answer", "title"),
    [
        ("Queues in Redis", "Queues in Redis"),
        ('"Queues in Redis."\n', "Queues in Redis"),
        ("**Title: Queues in Redis**", "Queues in Redis"),
        ("标题：《消息队列》", "消息队列"),
        ("Choosing a title: where to begin", "Choosing a title: where to begin"),
        ("Queues  in\tRedis", "Queues in Redis"),
        ("<think>They ask\nabout queues.</think>\n\nQueues in Redis", "Queues in Redis"),
        ("<think>They ask about queues and", ""),
        ("# Queues\nThis conversation is about queues.", "Queues"),
        ("  \n ", ""),
        ("", ""),
        ('""', ""),
        ("w" * 61, "w" * 59 + "…"),
        ("I would call it " + "something " * 30, ""),
    ],
)
def test_a_models_answer_becomes_a_short_title_or_none(answer: str, title: str) -> None:
    assert titles.from_model(answer) == title


def test_a_long_conversation_is_truncated_in_the_prompt() -> None:
    question, reply = Message(role="user", content="q" * 100_000), Message(role="assistant", content="r" * 100_000)
    system, asked = request(question, reply)
    assert (system["role"], asked["role"]) == ("system", "user")
    content = str(asked["content"])
    assert (content.count("q"), content.count("r")) == (QUESTION_CHARS, REPLY_CHARS)
    assert QUESTION_CHARS + REPLY_CHARS < len(content) < 4000
