"""Files of questions reach the models that can take them, and stay with their messages."""

import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from chat import keys
from tests.contract.refusals import refused
from tests.files import documents, pictures
from tests.support.client import Client
from tests.support.file_stack import NOTES, run_with_models
from tests.support.model_server import Led, ModelServer, echo, refuse, tell
from tests.support.providers import Providers
from tests.support.stack import Stack
from tests.support.waiting import eventually


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("files")


@pytest.fixture(scope="module")
async def providers(redis_url: str, folder: Path) -> AsyncIterator[Providers]:
    async with run_with_models(redis_url, folder) as running:
        yield running


@pytest.fixture
def stack(providers: Providers) -> Stack:
    return providers.stack


@pytest.fixture
def model(providers: Providers) -> ModelServer:
    return providers.servers["first"]


def content_of(model: ModelServer, question: str, at: int = -1) -> Any:
    """The content of a message of the only request for the question."""
    (exchange,) = model.asked(question)
    return exchange.body["messages"][at]["content"]


async def test_a_files_text_is_sent_before_the_question(
    user: Client, session_id: str, model: ModelServer, question: str
) -> None:
    file = await user.upload("notes.md", NOTES)
    await user.chat(session_id, question, attachments=[file["id"]])
    expected = f"[File: notes.md]\n{NOTES.decode()}\n[End of the file notes.md]\n\n{question}"
    assert model.exchanges[-1].body["messages"][-1] == {"role": "user", "content": expected}
    asked, reply = await user.history(session_id)
    assert asked["attachments"] == [{name: file[name] for name in ("id", "name", "type", "size", "kind")}]
    assert "attachments" not in reply


async def test_a_picture_is_sent_to_a_model_that_can_see(
    user: Client, session_id: str, model: ModelServer, question: str
) -> None:
    picture = await user.upload("a.png", pictures.png())
    await user.chat(session_id, question, attachments=[picture["id"]], model="seeing")
    name, image, text = content_of(model, question)
    assert name == {"type": "text", "text": "[Picture: a.png]"}
    assert image["image_url"]["url"].startswith("data:image/jpeg;base64,/9j/")
    assert text == {"type": "text", "text": question}
    assert (await user.history(session_id))[0]["attachments"][0]["width"] == 64


async def test_a_picture_goes_to_fall_backs_that_can_see(
    user: Client, session_id: str, model: ModelServer, question: str
) -> None:
    picture = await user.upload("a.png", pictures.png())
    model.on(question, refuse(401), tell("seen"))
    await user.chat(session_id, question, attachments=[picture["id"]], model="seeing")
    assert [exchange.body["model"] for exchange in model.asked(question)] == ["seeing", "also-seeing"]
    reply = (await user.history(session_id))[-1]
    assert (reply["content"], reply["model"]) == ("seen", "also-seeing")


async def test_a_model_without_vision_refuses_before_the_turn(
    user: Client, session_id: str, model: ModelServer, question: str
) -> None:
    picture = await user.upload("a.png", pictures.png())
    sent: dict[str, Any] = {"attachments": [picture["id"]], "key": "k"}
    refused(await user.post_turn(session_id, question, **sent, model="blind"), 422, "model_without_vision")
    refused(await user.post_turn(session_id, question, **sent), 422, "model_without_vision")
    assert await user.history(session_id) == []
    assert (await user.post_turn(session_id, question, **sent, model="seeing")).status_code == 202
    await eventually(lambda: has(user, session_id, 2))
    reply = (await user.history(session_id))[-1]["id"]
    for again in ({}, {"replace_from": reply}):
        response = await user.post_turn(session_id, **again, model="blind")
        refused(response, 422, "model_without_vision")


async def has(user: Client, session_id: str, messages: int) -> bool:
    return len(await user.history(session_id)) == messages


async def test_earlier_pictures_are_named_to_a_blind_model(
    user: Client, session_id: str, model: ModelServer, question: str
) -> None:
    picture = await user.upload("a.png", pictures.png())
    await user.chat(session_id, "look at this", attachments=[picture["id"]], model="seeing")
    await user.chat(session_id, question, model="blind")
    note = "[Picture: a.png; it is left out here, because this model cannot see pictures.]\n\nlook at this"
    assert content_of(model, question, 1) == note


async def test_a_long_text_fits_into_half_of_the_models_context(
    user: Client, session_id: str, model: ModelServer, question: str
) -> None:
    file = await user.upload("long.txt", b"word " * 2_000)
    await user.chat(session_id, question, attachments=[file["id"]], model="short")
    text = content_of(model, question).partition(question)[0]
    assert 1_800 < len(text) < 2_200
    assert "[The rest of this file is left out, because it is too long.]" in text


async def test_an_edit_has_the_files_that_it_names(user: Client, session_id: str, model: ModelServer) -> None:
    one, two = [await user.upload(name, NOTES) for name in ("one.md", "two.md")]
    await user.chat(session_id, "first words", attachments=[one["id"]])
    asked, _ = await user.history(session_id)
    edit = {"replace_from": asked["id"], "attachments": [one["id"], two["id"]]}
    await user.chat(session_id, "other words", **edit)
    shown, _ = await user.history(session_id)
    assert [each["name"] for each in shown["attachments"]] == ["one.md", "two.md"]
    await user.chat(session_id, "no files", replace_from=shown["id"])
    assert "attachments" not in (await user.history(session_id))[0]
    for version in (asked["id"], shown["id"]):
        assert (await user.http.get(f"/files/{one['id']}")).status_code == 200
        await user.http.delete(f"/chat/sessions/{session_id}/messages/{version}")
    refused(await user.http.get(f"/files/{one['id']}"), 404, "unknown_file")


async def test_a_reply_made_again_gets_the_files_again(
    user: Client, session_id: str, model: ModelServer, question: str
) -> None:
    file = await user.upload("notes.md", NOTES)
    await user.chat(session_id, question, attachments=[file["id"]])
    reply = (await user.history(session_id))[-1]["id"]
    await user.follow(await user.ask(session_id, replace_from=reply))
    first, second = model.asked(question)
    assert first.body["messages"] == second.body["messages"]
    assert "[File: notes.md]" in str(second.body["messages"])


async def test_a_waiting_question_keeps_its_files(
    user: Client, session_id: str, model: ModelServer, question: str
) -> None:
    led = Led()
    model.on(question, led, echo)
    await user.ask(session_id, question)
    await (await led.exchange()).say("first ")
    file = await user.upload("notes.md", NOTES)
    waiting = await user.ask(session_id, "and then", attachments=[file["id"]], when_busy="wait")
    changed = await user.http.patch(f"/chat/turns/{waiting}", json={"message": "and after that"})
    assert changed.status_code == 200
    page = (await user.http.get("/chat/history", params={"session_id": session_id})).json()
    assert [each["name"] for each in page["waiting"][0]["attachments"]] == ["notes.md"]
    refused(await user.http.delete(f"/files/{file['id']}"), 409, "file_attached")
    await led.finish()
    await user.follow(waiting)
    asked = (await user.history(session_id))[2]
    assert (asked["content"], asked["attachments"][0]["id"]) == ("and after that", file["id"])
    assert "[File: notes.md]" in str(model.exchanges[-1].body["messages"][-1]["content"])


async def test_a_discarded_questions_files_are_gone(
    user: Client, session_id: str, model: ModelServer, question: str
) -> None:
    led = Led()
    model.on(question, led, echo)
    await user.ask(session_id, question)
    await led.exchange()
    files = [await user.upload("notes.md", NOTES) for _ in range(2)]
    stopped, _ = [await user.ask(session_id, "later", attachments=[file["id"]], when_busy="wait") for file in files]
    await user.http.post(f"/chat/turns/{stopped}/cancel")
    refused(await user.http.get(f"/files/{files[0]['id']}"), 404, "unknown_file")
    await user.http.delete(f"/chat/sessions/{session_id}/waiting")
    refused(await user.http.get(f"/files/{files[1]['id']}"), 404, "unknown_file")
    await led.finish()


async def test_a_stop_touches_no_file_of_asked_questions(user: Client, stack: Stack, session_id: str) -> None:
    file = await user.upload("notes.md", NOTES)
    await user.chat(session_id, "hello", attachments=[file["id"]])
    member = f"{keys.digest(user.user_id)}/{file['id']}"
    due = await stack.store.zscore(keys.FILES, member)
    turn_id = (await user.history(session_id))[-1]["turn_id"]
    assert (await user.http.post(f"/chat/turns/{turn_id}/cancel")).status_code == 200
    assert await stack.store.zscore(keys.FILES, member) == due


async def test_a_missing_object_becomes_a_sentence(
    user: Client, session_id: str, model: ModelServer, folder: Path, question: str
) -> None:
    file = await user.upload("notes.md", NOTES)
    for path in (folder / "files" / keys.digest(user.user_id)).rglob("text"):
        path.unlink()
    transcript = await user.chat(session_id, question, attachments=[file["id"]])
    assert transcript.end
    note = "[File: notes.md; it is left out here, because it cannot be read any more.]"
    assert content_of_last(model) == f"{note}\n\n{question}"


async def test_a_document_without_text_becomes_a_sentence(
    user: Client, session_id: str, model: ModelServer, question: str
) -> None:
    file = await user.upload("scan.pdf", documents.pdf(["", ""]))
    assert file["characters"] == 0
    await user.chat(session_id, question, attachments=[file["id"]])
    note = "[No text was found in this file. If it is a document, its pages may be pictures.]"
    assert content_of_last(model) == f"[File: scan.pdf]\n{note}\n[End of the file scan.pdf]\n\n{question}"


def content_of_last(model: ModelServer) -> Any:
    return model.exchanges[-1].body["messages"][-1]["content"]


async def test_a_repeated_question_opens_no_second_turn(user: Client, session_id: str, question: str) -> None:
    files = [(await user.upload("notes.md", NOTES))["id"] for _ in range(2)]
    first = await user.ask(session_id, question, key="k", attachments=[files[0]])
    await user.follow(first)
    assert await user.ask(session_id, question, key="k", attachments=[files[0]]) == first
    other = await user.post_turn(session_id, question, key="k", attachments=[files[1]])
    refused(other, 422, "idempotency_key_reused")
    await user.http.delete(f"/chat/history/{session_id}")
    assert await user.ask(session_id, question, key="k", attachments=[files[0]]) == first


async def test_an_export_names_files_and_comes_back_with_them(user: Client, session_id: str) -> None:
    picture = await user.upload("a_b.png", pictures.png())
    await user.chat(session_id, "look", attachments=[picture["id"]], model="seeing")
    export = {"session_id": session_id}
    markdown = await user.http.get(f"/chat/sessions/{session_id}/export", params={"format": "markdown"})
    assert "\nFiles: a\\_b.png\n" in markdown.text
    before = (await user.http.get(f"/chat/sessions/{session_id}/export")).text
    done = await user.http.post("/me/import", content=before.encode())
    copy = re.findall(r'"session_id": "([^"]+)"', done.text)[0]
    after = (await user.http.get(f"/chat/sessions/{copy}/export")).text
    assert without_times(after).replace(copy, export["session_id"]) == without_times(before)
    await user.http.delete(f"/chat/session/{session_id}")
    assert (await user.http.get(f"/files/{picture['id']}")).status_code == 200
    await user.http.delete(f"/chat/session/{copy}")
    refused(await user.http.get(f"/files/{picture['id']}"), 404, "unknown_file")


def without_times(text: str) -> str:
    return re.sub(r'"(exported_at|created_at|updated_at)":[0-9.]+', "", text)


async def test_an_import_leaves_out_the_files_of_others(user: Client, stack: Stack, session_id: str) -> None:
    file = await user.upload("notes.md", NOTES)
    await user.chat(session_id, "hello", attachments=[file["id"]])
    exported = (await user.http.get(f"/chat/sessions/{session_id}/export")).content
    async with stack.client() as stranger:
        done = await stranger.http.post("/me/import", content=exported)
        assert '"parts": {"files": 1}' in done.text
        copy = re.findall(r'"session_id": "([^"]+)"', done.text)[0]
        assert "attachments" not in (await stranger.history(copy))[0]


async def test_an_import_shows_only_files_that_are_bound(user: Client, stack: Stack, session_id: str) -> None:
    """A file is in at most 100 sessions."""
    full, other = [await user.upload(name, NOTES) for name in ("full.md", "other.md")]
    await user.chat(session_id, "hello", attachments=[full["id"], other["id"]])
    exported = (await user.http.get(f"/chat/sessions/{session_id}/export")).content
    sessions = " ".join([session_id, *(str(uuid4()) for _ in range(99))])
    name = keys.file(keys.digest(user.user_id), full["id"])
    await stack.store.execute_command("HSET", name, "sessions", sessions)
    done = await user.http.post("/me/import", content=exported)
    assert '"parts": {"files": 1}' in done.text
    copy = re.findall(r'"session_id": "([^"]+)"', done.text)[0]
    assert [each["name"] for each in (await user.history(copy))[0]["attachments"]] == ["other.md"]
    await user.http.delete(f"/chat/session/{session_id}")
    assert (await user.http.get(f"/files/{other['id']}")).status_code == 200


async def test_a_search_finds_no_text_of_files(user: Client, session_id: str, model: ModelServer) -> None:
    model.on("hello", tell("A reply"))
    file = await user.upload("Zanzibar.md", b"The word is Quokka.")
    await user.chat(session_id, "hello", attachments=[file["id"]])
    for query in ("Quokka", "Zanzibar"):
        found = (await user.http.post("/chat/search", json={"query": query})).json()
        assert found["results"] == []
