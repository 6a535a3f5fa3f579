"""The request to the model has the persona's prompt, the bounded context and the question."""

from typing import Any

import pytest

from tests.support.client import Client
from tests.support.model_server import ModelServer, break_off, tell
from tests.support.stack import KEY, Stack


def asked(model: ModelServer, question: str) -> list[dict[str, Any]]:
    """Returns the messages of the only request that ended with this question."""
    (exchange,) = model.asked(question)
    return list(exchange.body["messages"])


async def test_a_first_request_has_the_prompt_then_the_question(
    user: Client, session_id: str, model: ModelServer, question: str
) -> None:
    roles = (await user.http.get("/roles")).json()["roles"]
    for role in roles:
        await user.http.delete(f"/chat/history/{session_id}")
        await user.chat(session_id, f"{question} {role}", role=role)
        system, *others = asked(model, f"{question} {role}")
        assert system == {"role": "system", "content": system["content"]}
        assert system["content"].strip() == roles[role]["prompt"]
        assert others == [{"role": "user", "content": f"{question} {role}"}]


async def test_a_request_carries_the_key_and_the_model(
    user: Client, session_id: str, model: ModelServer, question: str
) -> None:
    await user.chat(session_id, question, model="other")
    (exchange,) = model.asked(question)
    assert exchange.headers["authorization"] == f"Bearer {KEY}"
    assert exchange.body["model"] == "other"
    assert exchange.body["stream"] is True
    assert exchange.body["max_tokens"] == 2000
    assert exchange.body["temperature"] == 0.7


async def test_a_second_question_follows_the_first_and_its_reply(
    user: Client, session_id: str, model: ModelServer, question: str
) -> None:
    await user.chat(session_id, "first")
    await user.chat(session_id, question)
    assert asked(model, question)[1:] == [
        {"role": "user", "content": "first"},
        {"role": "assistant", "content": "You said: first "},
        {"role": "user", "content": question},
    ]


async def test_the_10_newest_earlier_messages_are_sent_in_order(
    user: Client, session_id: str, model: ModelServer, question: str
) -> None:
    for number in range(7):
        await user.chat(session_id, f"{question} {number}")
    await user.chat(session_id, question)
    system, *earlier, last = asked(model, question)
    expected = []
    for number in range(2, 7):
        expected.append({"role": "user", "content": f"{question} {number}"})
        expected.append({"role": "assistant", "content": f"You said: {question} {number} "})
    assert system["role"] == "system"
    assert earlier == expected
    assert last == {"role": "user", "content": question}
    assert len(await user.history(session_id)) == 16


async def test_a_repeated_question_is_not_duplicated_in_the_prompt(
    user: Client, session_id: str, model: ModelServer, question: str
) -> None:
    for _ in range(2):
        await user.chat(session_id, question)
    first, second = (exchange.body["messages"][1:] for exchange in model.asked(question))
    assert [message["content"] for message in first] == [question]
    assert [message["content"] for message in second] == [question, f"You said: {question} ", question]


async def test_the_persona_may_change_from_question_to_question(
    user: Client, session_id: str, model: ModelServer, question: str
) -> None:
    roles = (await user.http.get("/roles")).json()["roles"]
    await user.chat(session_id, f"{question} 1", role="teacher")
    await user.chat(session_id, f"{question} 2", role="programmer")
    await user.chat(session_id, f"{question} 3")
    prompts = [asked(model, f"{question} {number}")[0]["content"].strip() for number in (1, 2, 3)]
    assert prompts == [roles[role]["prompt"] for role in ("teacher", "programmer", "programmer")]
    systems = [message for message in asked(model, f"{question} 3") if message["role"] == "system"]
    assert len(systems) == 1


async def test_a_broken_replys_text_is_sent_as_context(
    user: Client, session_id: str, model: ModelServer, question: str
) -> None:
    model.on("broken", break_off("half"))
    await user.chat(session_id, "broken")
    await user.chat(session_id, question)
    assert [message["content"] for message in asked(model, question)[1:]] == ["broken", "half", question]


async def test_cleared_messages_are_not_sent(user: Client, session_id: str, model: ModelServer, question: str) -> None:
    await user.chat(session_id, "forget me")
    await user.http.delete(f"/chat/history/{session_id}")
    await user.chat(session_id, question)
    assert [message["content"] for message in asked(model, question)[1:]] == [question]


@pytest.fixture
async def long_talk(narrow: Stack) -> list[dict[str, Any]]:
    async with narrow.client() as user:
        session_id = await user.start()
        for number in range(12):
            await user.chat(session_id, f"number {number}")
        return await user.history(session_id)


async def test_with_no_context_messages_only_the_question_is_sent(
    narrow: Stack, long_talk: list[dict[str, Any]]
) -> None:
    assert [len(exchange.body["messages"]) for exchange in narrow.model.asked("number 11")] == [2]
    assert narrow.model.asked("number 11")[0].body["messages"][1] == {"role": "user", "content": "number 11"}


async def test_without_a_limit_the_whole_history_is_kept(long_talk: list[dict[str, Any]]) -> None:
    assert len(long_talk) == 24
    assert long_talk[0]["content"] == "number 0"


async def test_messages_beyond_500_kb_are_not_sent(
    user: Client, session_id: str, model: ModelServer, question: str
) -> None:
    """The message that exceeds the limit is read, but omitted because its question is not read."""
    for number in range(3):
        model.on(f"{question} {number}", tell(f"{number}" + "x" * 300_000))
        await user.chat(session_id, f"{question} {number}")
    await user.chat(session_id, question)
    assert [message["content"][:60] for message in asked(model, question)[1:]] == [
        f"{question} 2",
        "2" + "x" * 59,
        question,
    ]
