"""Files are uploaded, read by their owner only, sent to models that can take them, and gone with their messages."""

import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx2
import pytest

from chat import keys
from tests.contract.refusals import refused
from tests.files import documents, hostile, pictures
from tests.support.client import Client
from tests.support.databases import database
from tests.support.model_server import Led, ModelServer, echo, refuse, tell
from tests.support.providers import Providers, run_with_file
from tests.support.stack import Stack
from tests.support.waiting import eventually

TEXT = """
default = "blind"

[[providers]]
name = "First"
base_url = "{first}"
key_env = "PROVIDER_KEY"

[[providers.models]]
id = "blind"

[[providers.models]]
id = "seeing"
can = ["vision"]
fallback = ["blind", "also-seeing"]

[[providers.models]]
id = "also-seeing"
can = ["vision"]

[[providers.models]]
id = "short"
context_length = 1000
"""

NOTES = b"# Notes\n\nThe launch is on Tuesday.\n"
MISSING = "0" * 32


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("files")


@pytest.fixture(scope="module")
async def providers(redis_url: str, folder: Path) -> AsyncIterator[Providers]:
    limits: Any = {"max_file_bytes": "2000000", "max_files_per_message": "3", "max_file_bytes_per_user": "3000000"}
    async with run_with_file(database(redis_url), folder, TEXT, **limits) as running:
        yield running


@pytest.fixture
def stack(providers: Providers) -> Stack:
    return providers.stack


@pytest.fixture
def model(providers: Providers) -> ModelServer:
    return providers.servers["first"]


@pytest.fixture
async def user(stack: Stack) -> AsyncIterator[Client]:
    async with stack.client() as client:
        yield client


@pytest.fixture
async def session_id(user: Client) -> str:
    return await user.start()


def stored(folder: Path, user: Client) -> list[str]:
    """The objects of a user: the names of their forms, sorted."""
    root = folder / "files" / keys.digest(user.user_id)
    return sorted(path.name for path in root.rglob("*") if path.is_file())


async def keys_of(stack: Stack, user: Client) -> list[str]:
    """The keys of the user's files."""
    found = [name async for name in stack.store.scan_iter(match=f"chat:user:{{{keys.digest(user.user_id)}}}:file*")]
    return sorted(found)


def content_of(model: ModelServer, question: str, at: int = -1) -> Any:
    """The content of a message of the only request for the question."""
    (exchange,) = model.asked(question)
    return exchange.body["messages"][at]["content"]


async def test_an_uploaded_picture_is_described_and_read_back(user: Client, stack: Stack, folder: Path) -> None:
    content = pictures.jpeg(64, 32, orientation=6)
    file = await user.upload("on holiday.jpg", content)
    assert file == {
        "id": file["id"],
        "name": "on holiday.jpg",
        "type": "image/jpeg",
        "size": len(content),
        "kind": "image",
        "width": 32,
        "height": 64,
    }
    response = await user.http.get(f"/files/{file['id']}")
    assert (response.status_code, response.content) == (200, content)
    assert response.headers["content-type"] == "image/jpeg"
    assert response.headers["content-length"] == str(len(content))
    assert response.headers["content-disposition"].startswith('inline; filename="on holiday.jpg"')
    preview = await user.http.get(f"/api/files/{file['id']}", params={"form": "preview"})
    assert preview.headers["content-type"] == "image/webp"
    assert pictures.shown(preview.content).size == (32, 64)
    assert stored(folder, user) == ["model", "original", "preview"]


async def test_no_file_is_served_as_active_content(user: Client) -> None:
    for name, content in {
        "a.svg": hostile.SVG,
        "a.html": hostile.SCRIPT,
        "a.pdf": documents.pdf(["one"]),
        "a.jpg": pictures.jpeg(comment=hostile.SCRIPT) + hostile.SCRIPT,
    }.items():
        file = await user.upload(name, content)
        response = await user.http.get(f"/files/{file['id']}")
        assert response.content == content
        assert response.headers["x-content-type-options"] == "nosniff"
        assert response.headers["content-security-policy"] == "default-src 'none'; frame-ancestors 'none'; sandbox"
        is_picture = file["kind"] == "image"
        assert response.headers["content-type"] == ("image/jpeg" if is_picture else "application/octet-stream")
        assert response.headers["content-disposition"].startswith("inline" if is_picture else "attachment")


async def test_a_cached_file_is_asked_for_each_time(user: Client, stack: Stack) -> None:
    file = await user.upload("notes.md", NOTES)
    response = await user.http.get(f"/files/{file['id']}")
    assert response.headers["cache-control"] == "private, no-cache"
    known = {"If-None-Match": response.headers["etag"]}
    again = await user.http.get(f"/files/{file['id']}", headers=known)
    assert (again.status_code, again.content) == (304, b"")
    async with stack.client() as stranger:
        refused(await stranger.http.get(f"/files/{file['id']}", headers=known), 404, "unknown_file")
    await user.http.delete(f"/files/{file['id']}")
    refused(await user.http.get(f"/files/{file['id']}", headers=known), 404, "unknown_file")


@pytest.mark.parametrize("name", hostile.FILES)
async def test_each_hostile_file_has_its_documented_outcome(user: Client, name: str) -> None:
    given = hostile.FILES[name]
    response = await user.post_file(given.given, given.make())
    if given.name:
        assert response.status_code == 201
        assert (response.json()["kind"], response.json()["name"]) == (given.outcome, given.name)
    else:
        assert response.json()["code"] == given.outcome
        assert len(response.json()["detail"]) > 20


async def test_refused_files_leave_nothing(user: Client, stack: Stack, folder: Path) -> None:
    refused(await user.post_file("a.bin", bytes(100)), 415, "file_type_refused")
    refused(await user.post_file("a.txt", b"x" * 2_000_001), 413, "file_too_large")
    refused(await user.post_file("a.txt", b"x" * 2_100_000), 413, "file_too_large")
    refused(await user.post_file("a.txt", b""), 422, "file_broken")
    refused(await user.http.post("/files", files={"other": ("a.txt", b"words")}), 422, "no_file")
    refused(await user.http.post("/files", content=b"words"), 422, "no_file")
    two = [("file", ("a.txt", b"one")), ("file", ("b.txt", b"two"))]
    refused(await user.http.post("/files", files=two), 422, "no_file")
    assert await keys_of(stack, user) == []
    assert stored(folder, user) == []


async def test_a_users_files_have_a_quota_of_their_own(user: Client, stack: Stack) -> None:
    files = [await user.upload("a.txt", b"x" * 1_300_000) for _ in range(2)]
    refused(await user.post_file("b.txt", b"x" * 1_300_000), 429, "file_quota_reached")
    assert 'holdfast_limits_hit_total{limit="stored_file_bytes"}' in (await user.http.get("/metrics")).text
    assert (await user.http.delete(f"/files/{files[0]['id']}")).status_code == 204
    await user.upload("b.txt", b"x" * 1_300_000)


async def test_a_broken_off_upload_leaves_nothing(user: Client, stack: Stack, folder: Path) -> None:
    async def half() -> AsyncIterator[bytes]:
        yield b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\n' + b"x" * 100_000
        raise ConnectionError

    headers = {"Content-Type": "multipart/form-data; boundary=b", "Content-Length": "1000000"}
    with pytest.raises((ConnectionError, httpx2.TransportError)):
        await user.http.post("/files", content=half(), headers=headers)
    await user.upload("b.txt", NOTES)
    assert stored(folder, user) == ["original", "text"]
    assert len(await keys_of(stack, user)) == 2


async def test_one_users_uploads_leave_room_for_others(user: Client, stack: Stack) -> None:
    released = asyncio.Event()
    head = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\nwords'
    tail = b"\r\n--b--\r\n"
    headers = {"Content-Type": "multipart/form-data; boundary=b", "Content-Length": str(len(head + tail))}

    async def slow() -> AsyncIterator[bytes]:
        yield head
        await released.wait()
        yield tail

    async def is_refused() -> bool:
        return 'holdfast_limits_hit_total{limit="files_here"}' in (await user.http.get("/metrics")).text

    uploads = [asyncio.create_task(user.http.post("/files", content=slow(), headers=headers)) for _ in range(5)]
    await eventually(is_refused)
    refused(await user.post_file("b.txt", NOTES), 503, "files_busy")
    async with stack.client() as stranger:
        await stranger.upload("a.txt", NOTES)
    released.set()
    ended = await asyncio.gather(*uploads, return_exceptions=True)  # the refused one may have lost its connection
    assert [each.status_code for each in ended if isinstance(each, httpx2.Response)].count(201) == 4


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


@pytest.mark.parametrize("sent", ["unknown", "foreign", "malformed", "too many"])
async def test_files_that_cannot_be_sent_are_refused(user: Client, stack: Stack, session_id: str, sent: str) -> None:
    async with stack.client() as stranger:
        foreign = (await stranger.upload("a.txt", NOTES))["id"]
    own = [(await user.upload("a.txt", NOTES))["id"] for _ in range(4)]
    given = {"unknown": [MISSING], "foreign": [own[0], foreign], "malformed": ["../x"], "too many": own}[sent]
    code = "too_many_files" if sent == "too many" else "unknown_file"
    response = await user.post_turn(session_id, "hello", attachments=given)
    refused(response, 422 if sent == "too many" else 404, code)
    assert await user.history(session_id) == []
    assert (await user.http.delete(f"/files/{own[0]}")).status_code == 204


@pytest.mark.parametrize("method", ["GET", "DELETE"])
async def test_a_foreign_file_looks_like_a_missing_one(user: Client, stack: Stack, method: str) -> None:
    file = await user.upload("secret.txt", NOTES)
    async with stack.client() as stranger:
        stranger.http.headers["X-Request-ID"] = "the-same"
        foreign = await stranger.http.request(method, f"/files/{file['id']}")
        missing = await stranger.http.request(method, f"/files/{MISSING}")
        odd = await stranger.http.request(method, "/files/..%2F..%2Fx")
    assert (foreign.status_code, foreign.content) == (404, missing.content)
    assert odd.status_code == 404
    assert (await user.http.get(f"/files/{file['id']}")).content == NOTES


async def test_an_attached_file_cannot_be_deleted_by_itself(user: Client, session_id: str) -> None:
    file = await user.upload("notes.md", NOTES)
    await user.chat(session_id, "hello", attachments=[file["id"]])
    refused(await user.http.delete(f"/files/{file['id']}"), 409, "file_attached")


REMOVALS = {
    "message": "/chat/sessions/{session}/messages/{message}",
    "history": "/chat/history/{session}",
    "session": "/chat/session/{session}",
    "everything": "/me/sessions",
}


@pytest.mark.parametrize("removed", REMOVALS)
async def test_a_file_is_gone_with_the_last_message_that_has_it(
    user: Client, stack: Stack, folder: Path, session_id: str, removed: str
) -> None:
    file = await user.upload("notes.md", NOTES)
    await user.upload("never sent.md", NOTES)
    for _ in range(2):
        await user.chat(session_id, "hello", attachments=[file["id"]])
    first, _, third, _ = await user.history(session_id)
    assert (await user.http.delete(f"/chat/sessions/{session_id}/messages/{third['id']}")).status_code == 200
    assert (await user.http.get(f"/files/{file['id']}")).status_code == 200
    address = REMOVALS[removed].format(session=session_id, message=first["id"])
    confirm = {"confirm": "all"} if removed == "everything" else {}
    assert (await user.http.delete(address, params=confirm)).status_code == 200
    refused(await user.http.get(f"/files/{file['id']}"), 404, "unknown_file")
    left = [] if removed == "everything" else ["original", "text"]  # of the one that was never sent
    assert stored(folder, user) == left
    assert len(await keys_of(stack, user)) == len(left)


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
