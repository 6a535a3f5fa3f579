"""Files are uploaded, read by their owner only, and gone with their messages."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import pytest

from chat import keys
from tests.contract.refusals import refused
from tests.files import documents, hostile, pictures
from tests.support.client import Client
from tests.support.file_stack import NOTES, run_with_models
from tests.support.model_server import ModelServer
from tests.support.providers import Providers
from tests.support.stack import Stack
from tests.support.waiting import eventually

MISSING = "0" * 32


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


def stored(folder: Path, user: Client) -> list[str]:
    """The objects of a user: the names of their forms, sorted."""
    root = folder / "files" / keys.digest(user.user_id)
    return sorted(path.name for path in root.rglob("*") if path.is_file())


async def keys_of(stack: Stack, user: Client) -> list[str]:
    """The keys of the user's files."""
    found = [name async for name in stack.store.scan_iter(match=f"chat:user:{{{keys.digest(user.user_id)}}}:file*")]
    return sorted(found)


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


async def test_files_that_cannot_be_sent_are_refused(user: Client, stack: Stack, session_id: str) -> None:
    async with stack.client() as stranger:
        foreign = (await stranger.upload("a.txt", NOTES))["id"]
    own = [(await user.upload("a.txt", NOTES))["id"] for _ in range(4)]
    for given in ([MISSING], [own[0], foreign], ["../x"]):
        refused(await user.post_turn(session_id, "hello", attachments=given), 404, "unknown_file")
    refused(await user.post_turn(session_id, "hello", attachments=own), 422, "too_many_files")
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
