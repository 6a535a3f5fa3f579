"""Edit and regenerate make another version of a message, and nothing that was said is lost."""

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
    assert replied["versions"] == {"index": 0, "count": 1, "ids": [replied["id"]]}
    transcript = await user.follow(await user.ask(session_id, replace_from=replied["id"]))
    assert transcript.text == "two"
    again = await user.history(session_id)
    assert [message["content"] for message in again] == [question, "two"]
    assert again[0] == asked
    assert again[1]["versions"] == {"index": 1, "count": 2, "ids": [replied["id"], again[1]["id"]]}
    assert [message["parent_id"] for message in again[1:]] == [asked["id"]]
    assert [exchange.body["messages"][1:] for exchange in model.asked(question)] == [
        [{"role": "user", "content": question}]
    ] * 2


async def test_a_regeneration_in_the_middle_begins_another_branch(
    user: Client, session_id: str, talk: list[dict[str, str]]
) -> None:
    await user.follow(await user.ask(session_id, replace_from=talk[1]["id"]))
    assert await contents(user, session_id) == ["first", "You said: first "]


async def test_an_edit_begins_another_branch(user: Client, session_id: str, talk: list[dict[str, str]]) -> None:
    await user.follow(await user.ask(session_id, "better", replace_from=talk[2]["id"]))
    assert await contents(user, session_id) == ["first", "You said: first ", "better", "You said: better "]
    await user.follow(await user.ask(session_id, "best", replace_from=talk[0]["id"]))
    assert await contents(user, session_id) == ["best", "You said: best "]


async def test_the_new_branch_is_shown_while_its_reply_runs(
    user: Client, session_id: str, talk: list[dict[str, str]], led: Led, question: str
) -> None:
    turn_id = await user.ask(session_id, question, replace_from=talk[0]["id"])
    await led.exchange()
    assert await contents(user, session_id) == [question]
    await led.finish()
    await user.follow(turn_id)


async def test_a_stale_tab_makes_a_version_and_loses_nothing(
    user: Client, session_id: str, talk: list[dict[str, str]]
) -> None:
    await user.follow(await user.ask(session_id, "other", replace_from=talk[0]["id"]))
    other = await user.history(session_id)
    await user.follow(await user.ask(session_id, replace_from=talk[3]["id"]))
    assert await contents(user, session_id) == ["first", "You said: first ", "second", "You said: second "]
    assert (await user.history(session_id))[3]["versions"]["count"] == 2
    response = await user.http.patch(f"/chat/sessions/{session_id}", json={"leaf": other[0]["id"]})
    assert response.status_code == 200, response.text
    assert [message["id"] for message in await user.history(session_id)] == [message["id"] for message in other]


async def test_a_question_may_follow_any_message(user: Client, session_id: str, talk: list[dict[str, str]]) -> None:
    await user.follow(await user.ask(session_id, "aside", parent_id=talk[1]["id"]))
    assert await contents(user, session_id) == ["first", "You said: first ", "aside", "You said: aside "]
    await user.follow(await user.ask(session_id, parent_id=talk[2]["id"]))
    again = await user.history(session_id)
    assert [message["id"] for message in again[:3]] == [message["id"] for message in talk[:3]]
    assert again[3]["versions"]["ids"] == [talk[3]["id"], again[3]["id"]]


async def test_the_prompt_is_the_branch_of_the_question(
    user: Client, session_id: str, talk: list[dict[str, str]], model: ModelServer, question: str
) -> None:
    await user.follow(await user.ask(session_id, question, replace_from=talk[2]["id"]))
    (exchange,) = model.asked(question)
    assert [message["content"] for message in exchange.body["messages"][1:]] == ["first", "You said: first ", question]


async def test_a_deleted_message_is_gone_with_what_follows(
    user: Client, session_id: str, talk: list[dict[str, str]]
) -> None:
    response = await user.http.delete(f"/chat/sessions/{session_id}/messages/{talk[2]['id']}")
    assert response.status_code == 200, response.text
    assert await user.history(session_id) == talk[:2]
    again = await user.http.delete(f"/chat/sessions/{session_id}/messages/{talk[2]['id']}")
    assert (again.status_code, again.json()["code"]) == (404, "unknown_message")


MEANINGLESS: list[dict[str, str | None]] = [{}, {"leaf": ""}, {"leaf": "x" * 65}, {"title": ""}, {"branch": "x"},
                                            {"title": None}, {"title": "mine", "leaf": None}]  # fmt: skip


@pytest.mark.parametrize("body", MEANINGLESS)
async def test_a_session_change_without_meaning_is_refused(
    user: Client, session_id: str, body: dict[str, str | None]
) -> None:
    response = await user.http.patch(f"/chat/sessions/{session_id}", json=body)
    assert (response.status_code, response.json()["code"]) == (422, "invalid_request")


async def test_two_places_for_one_question_are_refused(
    user: Client, session_id: str, talk: list[dict[str, str]]
) -> None:
    response = await user.post_turn(session_id, "x", replace_from=talk[2]["id"], parent_id=talk[1]["id"])
    assert (response.status_code, response.json()["code"]) == (422, "invalid_request")


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
