"""A ZIP has the conversations and their files, and gives both to another server, within its limits."""

import asyncio
import io
import json
import struct
import sys
import zipfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import pytest

from chat import keys
from chat.transfer.packed_files import path_of
from tests.contract.refusals import refused
from tests.files import pictures
from tests.support.client import Client
from tests.support.file_stack import NOTES, run_with_models
from tests.support.foreign_exports import encoded, own, own_file, own_message, zipped
from tests.support.providers import Providers
from tests.support.stack import Stack

Lines = list[dict[str, Any]]
ZIP = {"format": "zip"}
MIB = 1 << 20


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
async def stranger(stack: Stack) -> AsyncIterator[Client]:
    async with stack.client() as client:
        yield client


async def send(user: Client, content: bytes, **query: Any) -> Lines:
    response = await user.http.post("/me/import", content=content, params=query)
    assert response.status_code == 200, response.text
    return [json.loads(line) for line in response.text.splitlines()]


async def with_files(user: Client, *files: dict[str, Any]) -> str:
    """Returns a session of the user with these files, each in a message of its own."""
    parents = [None, *(f"m{at}" for at in range(len(files)))]
    messages = [own_message(f"m{at}", parents[at], "user", "look", attachments=[file]) for at, file in enumerate(files)]
    line = (await send(user, encoded(own_file(own(*messages)))))[1]
    assert line["parts"] == {}
    return str(line["session_id"])


async def exported(user: Client, path: str = "/me/export") -> zipfile.ZipFile:
    response = await user.http.get(path, params=ZIP)
    assert response.headers["content-type"] == "application/zip"
    archive = zipfile.ZipFile(io.BytesIO(response.content))
    assert archive.testzip() is None
    return archive


def content_of(archive: zipfile.ZipFile) -> bytes:
    file = archive.fp
    assert isinstance(file, io.BytesIO)
    return file.getvalue()


async def attached(user: Client, session_id: str) -> Lines:
    return [file for message in await user.history(session_id) for file in message.get("attachments", [])]


async def only_session(user: Client) -> str:
    (session,) = (await user.http.get("/chat/sessions")).json()["sessions"]
    return str(session["session_id"])


async def test_a_zip_has_the_json_the_files_and_their_list(user: Client, session_id: str) -> None:
    picture, notes = await user.upload("a b.png", pictures.png()), await user.upload("注.md", NOTES * 100)
    await user.chat(session_id, "look", attachments=[picture["id"], notes["id"]], model="seeing")
    path = f"/chat/sessions/{session_id}/export"
    response = await user.http.get(path, params=ZIP)
    counts = {name: response.headers[f"export-{name}"] for name in ("sessions", "messages", "files", "file-bytes")}
    size = picture["size"] + notes["size"]
    assert counts == {"sessions": "1", "messages": "2", "files": "2", "file-bytes": str(size)}
    assert response.headers["content-disposition"].endswith(".zip")
    archive = await exported(user, path)
    paths = {file["id"]: path_of(file["id"], file["name"]) for file in (picture, notes)}
    assert archive.namelist() == ["conversations.json", *paths.values(), "files.json"]
    assert archive.read(paths[picture["id"]]) == pictures.png()
    assert archive.read(paths[notes["id"]]) == NOTES * 100
    assert archive.getinfo(paths[notes["id"]]).compress_size < 1000 < archive.getinfo(paths[notes["id"]]).file_size
    plain = (await user.http.get(path)).json()
    assert json.loads(archive.read("conversations.json")) == plain | {
        "exported_at": pytest.approx(plain["exported_at"])
    }
    listed = json.loads(archive.read("files.json"))["files"]
    names = ("id", "name", "type", "size")
    assert listed == [{n: file[n] for n in names} | {"path": paths[file["id"]]} for file in (picture, notes)]


async def test_a_zip_gives_another_user_the_files(user: Client, stranger: Client) -> None:
    files = [await user.upload(name, content) for name, content in (("a.png", pictures.png()), ("b.md", NOTES))]
    await with_files(user, *files, files[0])
    content = content_of(await exported(user))
    begin, *uploaded, conversation, end = await send(stranger, content)
    assert (begin["files"], [each["name"] for each in uploaded]) == (2, ["a.png", "b.md"])
    assert {(each["type"], each["index"], each["status"]) for each in uploaded} == {("file", 0, "imported")}
    assert (conversation["parts"], end["parts"]) == ({}, {})
    copies = await attached(stranger, conversation["session_id"])
    for original, copy in zip([*files, files[0]], copies, strict=True):
        assert {**original, "id": copy["id"]} | copy == {**original, "id": copy["id"]}
        assert copy["id"] != original["id"]
        ours, theirs = await user.http.get(f"/files/{original['id']}"), await stranger.http.get(f"/files/{copy['id']}")
        assert ours.content == theirs.content
        refused(await stranger.http.get(f"/files/{original['id']}"), 404, "unknown_file")
    assert copies[0]["id"] == copies[2]["id"]
    assert (await stranger.http.get(f"/files/{copies[0]['id']}", params={"form": "preview"})).status_code == 200
    await stranger.http.delete(f"/chat/session/{conversation['session_id']}")
    refused(await stranger.http.get(f"/files/{copies[0]['id']}"), 404, "unknown_file")


async def test_files_that_the_user_has_are_used_again(user: Client) -> None:
    file = await user.upload("b.md", NOTES)
    await with_files(user, file)
    _, conversation, _ = await send(user, content_of(await exported(user)))
    assert [each["id"] for each in await attached(user, conversation["session_id"])] == [file["id"]]


async def test_a_dry_run_names_the_files_and_stores_none(user: Client, stranger: Client, folder: Path) -> None:
    await with_files(user, await user.upload("b.md", NOTES))
    content = content_of(await exported(user))
    _, line, conversation, _ = await send(stranger, content, dry_run=True)
    assert line == {"type": "file", "index": 0, "status": "importable", "name": "b.md", "size": len(NOTES)}
    assert conversation["parts"] == {}
    assert not (folder / "files" / keys.digest(stranger.user_id)).exists()


async def test_a_missing_file_is_a_note_in_the_list(user: Client, stranger: Client, folder: Path) -> None:
    lost, kept = await user.upload("lost.md", NOTES), await user.upload("kept.md", NOTES)
    await with_files(user, lost, kept)
    (folder / "files" / keys.digest(user.user_id) / lost["id"] / "original").unlink()
    archive = await exported(user)
    listed = json.loads(archive.read("files.json"))["files"]
    assert [(each["name"], each.get("missing", False), "path" in each) for each in listed] == [
        ("lost.md", True, False),
        ("kept.md", False, True),
    ]
    _, line, conversation, _ = await send(stranger, content_of(archive))
    assert (line["name"], conversation["parts"]) == ("kept.md", {"files": 1})


def packed(files: dict[str, bytes], **more: bytes) -> bytes:
    """Returns a ZIP with a conversation that has files with these names and contents."""
    ids = {name: uuid4().hex for name in files}
    attachments = [{"id": file_id, "name": name} for name, file_id in ids.items()]
    conversation = encoded(own_file(own(own_message("q", None, "user", "look", attachments=attachments))))
    contents = {path_of(ids[name], f"{at}"): content for at, (name, content) in enumerate(files.items())}
    return zipped({"conversations.json": conversation, **contents, **more})


async def test_each_file_is_checked_as_an_uploaded_one(user: Client) -> None:
    files = {
        "program.txt": b"\x7fELF" + b"\x00" * 100,
        "archive.png": zipped({"inner.txt": b"x" * 1000}),
        "empty.txt": b"",
        "bomb.png": pictures.declared(2**31 - 1, 2**31 - 1),
        "huge.csv": b"1;2;3\n" * 400_000,
        "good.md": NOTES,
    }
    _, *lines, conversation, end = await send(user, packed(files))
    reasons = {line["name"]: line.get("reason") for line in lines}
    assert reasons == {
        "program.txt": "file_type_refused",
        "archive.png": "file_type_refused",
        "empty.txt": "file_broken",
        "bomb.png": "file_too_large",
        "huge.csv": "file_too_large",
        "good.md": None,
    }
    assert all(line["detail"][-1] == "." for line in lines[:-1])
    assert (conversation["status"], conversation["parts"]["files"], end["parts"]["files"]["count"]) == (
        "imported",
        5,
        5,
    )
    assert [file["name"] for file in await attached(user, conversation["session_id"])] == ["good.md"]


async def test_files_beyond_the_quota_are_named(user: Client) -> None:
    noise = [bytes(range(65, 91)) * 70_000 for _ in range(2)]
    files = {f"{at}.txt": each for at, each in enumerate(noise)}
    for query in ({"dry_run": True}, {}):
        _, first, second, _, _ = await send(user, packed(files), **query)
        assert (first.get("reason"), second.get("reason")) == (None, "file_quota_reached")


def doubled(content: bytes) -> bytes:
    """Adds the ZIP's attached file a second time, under another name."""
    memory = io.BytesIO(content)
    with zipfile.ZipFile(memory, "a") as archive:
        (path,) = [name for name in archive.namelist() if name.startswith("files/")]
        archive.writestr(f"{path}-2", b"other")
    return memory.getvalue()


def changed(content: bytes, offset: int, form: str, value: int) -> bytes:
    """Sets a field of the last entry in the list of the ZIP."""
    copy = bytearray(content)
    struct.pack_into(form, copy, copy.rindex(b"PK\x01\x02") + offset, value)
    return bytes(copy)


ONE = packed({"a.txt": b"words " * 1000})
HOSTILE: dict[str, tuple[bytes, str]] = {
    "two files with one id": (doubled(ONE), "import_duplicate_names"),
    "encrypted": (changed(ONE, 8, "<H", 1), "import_bad_archive"),
    "an unusual compression": (changed(ONE, 10, "<H", 14), "import_bad_archive"),
    "another checksum": (changed(ONE, 16, "<I", 1), "import_bad_archive"),
    "a size that is too small": (changed(ONE, 24, "<I", 100), "import_bad_archive"),
    "a size beyond all limits": (changed(ONE, 24, "<I", 3_000_000_000), "import_unpacks_too_large"),
    "a path that leads out": (packed({}, **{f"files/{'a' * 32}/../../x": b"x"}), "import_unsafe_names"),
    "more files than it may have": (packed({}, **{f"files/x{n}": b"" for n in range(10_001)}), "import_too_many_files"),
}


@pytest.mark.parametrize("case", HOSTILE)
async def test_a_hostile_zip_is_refused_as_a_whole(user: Client, folder: Path, case: str) -> None:
    content, code = HOSTILE[case]
    for dry_run in (True, False):
        response = await user.http.post("/me/import", content=content, params={"dry_run": dry_run})
        refused(response, 422, code)
    assert (await user.http.get("/chat/sessions")).json()["sessions"] == []
    assert not (folder / "files" / keys.digest(user.user_id)).exists()


async def test_a_file_of_another_user_is_not_in_a_zip(user: Client, stranger: Client) -> None:
    file = await user.upload("b.md", NOTES)
    message = own_message("q", None, "user", "look", attachments=[file])
    await send(stranger, encoded(own_file(own(message))))
    assert (await exported(stranger)).namelist() == ["conversations.json", "files.json"]
    refused(
        await stranger.http.get(f"/chat/sessions/{await with_files(user, file)}/export", params=ZIP),
        404,
        "unknown_session",
    )


def most_memory(stack: Stack) -> int:
    """The most memory that the API has ever used, in MiB."""
    status = Path(f"/proc/{stack.processes[-1].pid}/status").read_text("ascii")
    return int(status.partition("VmHWM:")[2].split()[0]) >> 10


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux reports the most memory of a process")
async def test_a_hundred_megabytes_are_never_in_memory(user: Client, stack: Stack, folder: Path) -> None:
    """Neither one file, whose size exceeds the bound, nor one after the other."""
    files = [await user.upload(f"{at}.png", pictures.png()) for at in range(2)]
    await with_files(user, *files)
    await exported(user)
    for file in files:  # what the store says about the size is not believed
        with (folder / "files" / keys.digest(user.user_id) / file["id"] / "original").open("r+b") as original:
            original.truncate(60 * MIB)
    before, size = most_memory(stack), 0
    async with user.http.stream("GET", "/me/export", params=ZIP) as response:
        async for piece in response.aiter_bytes():
            size += len(piece)
    assert size > 120 * MIB
    assert most_memory(stack) - before < 45


async def test_a_client_that_leaves_ends_the_zip(user: Client, stack: Stack, folder: Path) -> None:
    file = await user.upload("a.png", pictures.png())
    await with_files(user, file)
    with (folder / "files" / keys.digest(user.user_id) / file["id"] / "original").open("r+b") as original:
        original.truncate(20 * MIB)
    address = urlsplit(stack.url)
    for _ in range(4):  # two of a user's exports run at once
        reader, writer = await asyncio.open_connection(address.hostname, address.port)
        head = f"GET /me/export?format=zip&user_id={user.user_id} HTTP/1.1\r\nHost: {address.netloc}\r\n\r\n"
        writer.write(head.encode())
        await reader.readexactly(100_000)
        writer.close()
    assert (await exported(user)).getinfo(path_of(file["id"], "a.png")).file_size == 20 * MIB
