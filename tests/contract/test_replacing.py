"""Edit and regenerate replace a message and drop all after it, in the step that opens the new turn."""

import pytest

from tests.support.client import Client
from tests.support.model_server import Led, ModelServer, tell


async def contents(user: Client, session_id: str) -> list[str]:
    return [message["content"] for message in await user.history(session_id)]


@pytest.fixture
async def talk(user: Client, session_id: str) -> list[dict[str, str]]:
    """Returns the messages of a session with two answered questions."""
    for question in ("first", "second"):
        await user.chat(session_id, question)
    return await user.history(session_id)


async def test_a_regeneration_replaces_the_last_reply(
    user: Client, session_id: str, model: ModelServer, question: str
) -> None:
    model.on(question, tell("one"), tell("two"))
    await user.chat(session_id, question)
    asked, replied = await user.history(session_id)
    transcript = await user.follow(await user.ask(session_id, replace_from=replied["id"]))
    assert transcript.text == "two"
    again = await user.history(session_id)
    assert [message["content"] for message in again] == [question, "two"]
    assert again[0] == asked
    assert again[1]["id"] != replied["id"]
    assert [exchange.body["messages"][1:] for exchange in model.asked(question)] == [
        [{"role": "user", "content": question}]
    ] * 2


async def test_a_regeneration_in_the_middle_drops_later_messages(
    user: Client, session_id: str, talk: list[dict[str, str]]
) -> None:
    await user.follow(await user.ask(session_id, replace_from=talk[1]["id"]))
    assert await contents(user, session_id) == ["first", "You said: first "]


async def test_an_edit_replaces_its_question_and_drops_later_messages(
    user: Client, session_id: str, talk: list[dict[str, str]]
) -> None:
    await user.follow(await user.ask(session_id, "better", replace_from=talk[2]["id"]))
    assert await contents(user, session_id) == ["first", "You said: first ", "better", "You said: better "]
    await user.follow(await user.ask(session_id, "best", replace_from=talk[0]["id"]))
    assert await contents(user, session_id) == ["best", "You said: best "]


async def test_dropped_messages_are_gone_while_the_new_reply_runs(
    user: Client, session_id: str, talk: list[dict[str, str]], led: Led, question: str
) -> None:
    turn_id = await user.ask(session_id, question, replace_from=talk[0]["id"])
    await led.exchange()
    assert await contents(user, session_id) == [question]
    await led.finish()
    await user.follow(turn_id)


async def test_replacing_a_dropped_message_is_refused(
    user: Client, session_id: str, talk: list[dict[str, str]]
) -> None:
    await user.follow(await user.ask(session_id, "other", replace_from=talk[0]["id"]))
    before = await user.history(session_id)
    for body in ({"message": "x"}, {}):
        response = await user.post_turn(session_id, **body, replace_from=talk[3]["id"])
        assert (response.status_code, response.json()["code"]) == (404, "unknown_message")
    assert await user.history(session_id) == before


async def test_replacing_the_first_question_by_nothing_is_refused(
    user: Client, session_id: str, talk: list[dict[str, str]]
) -> None:
    response = await user.post_turn(session_id, replace_from=talk[0]["id"])
    assert (response.status_code, response.json()["code"]) == (409, "no_question")
    assert await user.history(session_id) == talk


async def test_replacing_a_message_of_another_session_is_refused(
    user: Client, session_id: str, talk: list[dict[str, str]]
) -> None:
    other = await user.start()
    await user.chat(other, "elsewhere")
    elsewhere = await user.history(other)
    response = await user.post_turn(session_id, "x", replace_from=elsewhere[0]["id"])
    assert (response.status_code, response.json()["code"]) == (404, "unknown_message")
    assert (await user.history(session_id), await user.history(other)) == (talk, elsewhere)
