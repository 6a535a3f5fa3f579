"""Users make personas of their own, which other users can neither see nor use."""

import json
from typing import Any

from chat import keys
from tests.contract.refusals import refused
from tests.support.client import Client
from tests.support.model_server import ModelServer
from tests.support.stack import Stack

JSON = {"Content-Type": "application/json"}
SAILOR = {"name": "Sailor", "prompt": "You are a sailor."}


async def made(user: Client, **changes: Any) -> dict[str, Any]:
    response = await user.http.post("/me/personas", json={**SAILOR, **changes})
    assert response.status_code == 201, response.text
    return dict(response.json())


async def system_of(user: Client, model: ModelServer, session_id: str, question: str, **more: Any) -> str:
    await user.chat(session_id, question, **more)
    return str(model.asked(question)[-1].body["messages"][0]["content"])


async def test_a_persona_is_offered_to_its_user_after_the_others(user: Client, stack: Stack) -> None:
    first, second = await made(user), await made(user, name={"zh": "厨师", "en": "Cook"}, icon="🍳")
    roles = (await user.http.get("/roles", headers={"Accept-Language": "en"})).json()["roles"]
    assert list(roles) == ["assistant", "teacher", "programmer", first["id"], second["id"]]
    assert roles[first["id"]]["welcome"] == "Hello! I am Sailor. How can I help?"
    assert (roles[second["id"]]["name"], roles[second["id"]]["icon"]) == ("Cook", "🍳")
    assert "prompt" not in roles[first["id"]]
    async with Client(stack.url) as other:
        assert first["id"] not in (await other.http.get("/roles")).json()["roles"]
        assert (await other.http.get("/me/personas")).json() == {"personas": [], "limit": 50}


async def test_a_list_of_personas_reads_no_prompt(user: Client, stack: Stack) -> None:
    persona = await made(user)
    cards, prompts = keys.own_personas(user.user_id)
    await stack.store.expire(cards, 60)
    await stack.store.unlink(prompts)
    assert persona["id"] in (await user.http.get("/roles")).json()["roles"]
    assert "sailor." not in str(await stack.store.execute_command("HGETALL", cards))
    assert await stack.store.pttl(cards) > 3_600_000, "each reading renews them"


async def test_the_longest_persona_takes_42_kb(user: Client, stack: Stack) -> None:
    """Which is why the quota of stored bytes does not count them (`docs/operations.md`, Sizing)."""
    escaped, widest = "\x01", "😀"  # six bytes in JSON, four bytes as text
    texts = {field: escaped * length for field, length in {"name": 60, "description": 200, "welcome": 500}.items()}
    await made(user, **texts, icon=escaped * 16, prompt=widest * 8000)
    stored = [await stack.store.execute_command("HGETALL", name) for name in keys.own_personas(user.user_id)]
    assert 41_000 < sum(len((each + text).encode()) for found in stored for each, text in found.items()) < 42_000


async def test_a_persona_of_another_user_is_unknown(user: Client, stack: Stack) -> None:
    persona = await made(user)
    address = f"/me/personas/{persona['id']}"
    async with Client(stack.url) as other:
        refused(await other.http.get(address), 404, "unknown_persona")
        refused(await other.http.put(address, json=SAILOR), 404, "unknown_persona")
        refused(await other.http.delete(address), 404, "unknown_persona")
        refused(await other.http.get("/me/personas-file", params={"id": persona["id"]}), 404, "unknown_persona")
        refused(await other.http.post("/chat/start", params={"role": persona["id"]}), 422, "unknown_role")
        session_id = await other.start()
        refused(await other.post_turn(session_id, "hello", role=persona["id"]), 422, "unknown_role")
    assert (await user.http.get(address)).json() == persona


async def test_a_changed_persona_answers_as_it_is_now(user: Client, model: ModelServer, question: str) -> None:
    persona = await made(user)
    session_id = (await user.http.post("/chat/start", params={"role": persona["id"]})).json()["session_id"]
    assert await system_of(user, model, session_id, question) == "You are a sailor."
    changed = await user.http.put(f"/me/personas/{persona['id']}", json={**SAILOR, "prompt": "You are a captain."})
    assert changed.json()["created_at"] == persona["created_at"]
    assert await system_of(user, model, session_id, f"{question} again") == "You are a captain."


async def test_a_deleted_persona_gives_way_to_the_default_one(user: Client, model: ModelServer, question: str) -> None:
    persona = await made(user)
    session_id = await user.start()
    await user.chat(session_id, question, role=persona["id"])
    deleted = await user.http.delete(f"/me/personas/{persona['id']}")
    assert deleted.json() == {"id": persona["id"]}
    assert (await system_of(user, model, session_id, f"{question} again")).startswith("You are a helpful")
    refused(await user.post_turn(session_id, question, role=persona["id"]), 422, "unknown_role")
    history = (await user.http.get("/chat/history", params={"session_id": session_id})).json()
    first = history["messages"][1]
    assert (first["persona"], first["persona_name"]) == (persona["id"], "Sailor")


async def test_a_repeated_question_gets_its_turn_after_a_deletion(user: Client, session_id: str, question: str) -> None:
    persona = await made(user)
    first = await user.post_turn(session_id, question, key="once", role=persona["id"])
    await user.follow(first.json()["turn_id"])
    await user.http.delete(f"/me/personas/{persona['id']}")
    again = await user.post_turn(session_id, question, key="once", role=persona["id"])
    assert again.json()["turn_id"] == first.json()["turn_id"]


async def test_a_persona_beyond_the_limits_is_refused(user: Client) -> None:
    for wrong in ({"name": ""}, {"name": "n" * 61}, {"prompt": "p" * 8001}, {"icon": ""}, {"other": "field"}):
        refused(await user.http.post("/me/personas", json={**SAILOR, **wrong}), 422, "invalid_request")
    half = json.dumps({**SAILOR, "name": "\ud800"})
    refused(await user.http.post("/me/personas", content=half, headers=JSON), 422, "invalid_request")


async def test_no_more_personas_than_the_limit_are_stored(user: Client) -> None:
    file = "\n".join(f'[p{number}]\nname = "P{number}"\nprompt = "p"' for number in range(50))
    assert (await user.http.post("/me/personas-file", content=file)).status_code == 201
    refused(await user.http.post("/me/personas", json=SAILOR), 429, "too_many_personas")
    refused(await user.http.post("/me/personas-file", content=file), 429, "too_many_personas")
    assert len((await user.http.get("/me/personas")).json()["personas"]) == 50


async def test_an_exported_file_can_be_imported_by_another_user(user: Client, stack: Stack) -> None:
    persona = await made(user, name={"zh": "水手", "en": 'Sailor "of the sea"'}, prompt='Be """brief"""\n\\o/\n"')
    for form in ("toml", "json"):
        file = await user.http.get("/me/personas-file", params={"format": form, "id": persona["id"]})
        assert f".{form}" in file.headers["content-disposition"]
        async with Client(stack.url) as other:
            answer = await other.http.post("/me/personas-file", content=file.content)
            (copy,) = answer.json()["personas"]
            assert copy["id"] != persona["id"]
            assert {**copy, "id": "", "created_at": 0} == {**persona, "id": "", "created_at": 0}


async def test_a_file_with_a_mistake_adds_nothing(user: Client) -> None:
    good = '[cook]\nname = "Cook"\nprompt = "You cook."\n'
    for text, mistake in (
        (good + '[sailor]\nname = "Sailor"\n', "persona sailor lacks the field prompt"),
        ("no = toml = at all", "neither valid TOML nor valid JSON"),
        ("", "it has no persona"),
        ('{"a": 1}', "persona a"),
    ):
        problem = refused(await user.http.post("/me/personas-file", content=text), 422, "persona_file_invalid")
        assert mistake in problem["detail"]
    refused(await user.http.post("/me/personas-file", content=b"\xff"), 422, "persona_file_invalid")
    refused(await user.http.post("/me/personas-file", content=b" " * 2_000_001), 413, "persona_file_too_large")
    assert (await user.http.get("/me/personas")).json()["personas"] == []


async def test_a_file_that_takes_long_to_read_is_refused(user: Client) -> None:
    slow = "a" + ".a" * 40_000 + "=1"  # the parser's time grows with the square of the parts
    problem = refused(await user.http.post("/me/personas-file", content=slow), 422, "persona_file_invalid")
    assert "takes too long" in problem["detail"]


async def test_a_file_with_more_than_the_limit_is_refused(user: Client) -> None:
    many = json.dumps({f"p{number}": {"name": "A", "prompt": "p"} for number in range(1000)})
    refused(await user.http.post("/me/personas-file", content=many), 429, "too_many_personas")
    assert (await user.http.get("/me/personas")).json()["personas"] == []


async def test_personas_are_exported_imported_and_deleted_with_all(user: Client) -> None:
    persona = await made(user)
    session_id = (await user.http.post("/chat/start", params={"role": persona["id"]})).json()["session_id"]
    await user.chat(session_id, "hello")
    file = (await user.http.get("/me/export")).content
    await user.http.delete("/me/sessions", params={"confirm": "all"})
    assert (await user.http.get("/me/personas")).json()["personas"] == []
    lines = (await user.http.post("/me/import", content=file)).text.splitlines()
    assert '"personas": {"given": 1, "added": 1}' in lines[-1]
    (back,) = (await user.http.get("/me/personas")).json()["personas"]
    assert {**back, "created_at": 0} == {**persona, "created_at": 0}
    (session,) = (await user.http.get("/chat/sessions")).json()["sessions"]
    assert session["role"] == persona["id"]
