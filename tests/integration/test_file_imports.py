"""Files of an import stay with the conversations that were stored, and wait for room next to uploads."""

import asyncio
import io
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import BinaryIO

import pytest
from redis.asyncio import Redis

from api.file_imports import FileImports
from api.uploads import MAX_BYTES_HERE_OF_USER, Uploads
from chat import keys
from chat.files.errors import FilesUnavailable
from chat.files.files import Files
from chat.files.objects import Objects
from chat.settings import Settings
from chat.store.memory import StoreMemory
from chat.transfer.conversation import Conversation
from chat.transfer.packed_files import PackedFiles, path_of
from chat.transfer.upload import Upload
from tests.support.chat_fixture import SETTINGS, USER
from tests.support.foreign_exports import LIMITS, encoded, own, own_file, own_message, zipped

KEPT, LOST = "a" * 32, "b" * 32


class Importing:
    """What imports files into a folder."""

    def __init__(self, store: Redis, folder: Path, settings: Settings = SETTINGS) -> None:
        self.store, self.folder = store, folder
        objects = Objects(f"file://{folder}")
        self.files = Files(store, settings, objects)
        self.uploads = Uploads(settings, self.files, objects, StoreMemory(data=store, queue=store))
        self.imports = FileImports(settings, self.files, self.uploads)

    def stored(self) -> list[str]:
        return sorted(path.read_text("utf-8") for path in self.folder.rglob("original"))


@pytest.fixture
async def importing(store: Redis, tmp_path: Path) -> AsyncIterator[Importing]:
    await store.delete(keys.FILES)
    yield Importing(store, tmp_path)
    await Importing(store, tmp_path).files.erase(USER)


def conversations(*file_ids: str) -> tuple[PackedFiles, Sequence[Conversation]]:
    """Conversations in a ZIP, each with one of the files, whose content is its id."""
    sessions = [
        own(own_message("q", None, "user", "look", attachments=[{"id": each, "name": "a.txt"}])) for each in file_ids
    ]
    files = {path_of(each, "a.txt"): each.encode() for each in file_ids}
    upload = Upload(io.BytesIO(zipped({"conversations.json": encoded(own_file(*sessions)), **files})), LIMITS)
    upload.check()
    return upload.files, [each for each in upload.conversations() if isinstance(each, Conversation)]


async def test_files_of_what_was_not_stored_are_removed(importing: Importing) -> None:
    packed, (kept, lost) = conversations(KEPT, LOST)
    async with importing.imports.begin(USER, packed, is_dry=False) as files:
        for conversation in (kept, lost):
            assert [line["status"] async for line in files.add(conversation)] == ["imported"]
        assert importing.stored() == [KEPT, LOST]
        await importing.files.bind(USER, "5f0c1d3e-8a4b-4c7d-9e2f-1a2b3c4d5e6f", [lost.files[LOST].id])
        files.keep(kept)
    assert importing.stored() == [KEPT]
    assert importing.uploads.is_on


async def test_an_import_that_is_cancelled_leaves_no_file(importing: Importing) -> None:
    packed, (conversation,) = conversations(LOST)

    async def run() -> None:
        async with importing.imports.begin(USER, packed, is_dry=False) as files:
            async for _ in files.add(conversation):
                raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        await run()
    assert importing.stored() == []


async def test_a_server_without_files_leaves_them_out(store: Redis, tmp_path: Path) -> None:
    objects, packed = Objects(""), conversations(LOST)
    files = Files(store, SETTINGS, objects)
    uploads = Uploads(SETTINGS, files, objects, StoreMemory(data=store, queue=store))
    for is_dry in (True, False):
        async with FileImports(SETTINGS, files, uploads).begin(USER, packed[0], is_dry=is_dry) as imported:
            (line,) = [each async for each in imported.add(packed[1][0])]
        assert (line["status"], line["reason"]) == ("left_out", FilesUnavailable.code)


async def test_a_file_that_is_here_waits_for_room(importing: Importing) -> None:
    begun, go_on, loop = asyncio.Event(), asyncio.Event(), asyncio.get_running_loop()

    def slowly(target: BinaryIO) -> None:
        loop.call_soon_threadsafe(begun.set)
        asyncio.run_coroutine_threadsafe(go_on.wait(), loop).result()
        target.write(b"first")

    size = SETTINGS.max_file_bytes
    assert 2 * size > MAX_BYTES_HERE_OF_USER
    first = asyncio.create_task(importing.uploads.take(USER, "a.txt", size, slowly))
    await begun.wait()
    second = asyncio.create_task(importing.uploads.take(USER, "b.txt", size, lambda target: _write(target, b"second")))
    await asyncio.sleep(0)
    assert importing.stored() == []
    go_on.set()
    assert [file.name for file in await asyncio.gather(first, second)] == ["a.txt", "b.txt"]
    assert importing.stored() == ["first", "second"]


def _write(target: BinaryIO, content: bytes) -> None:
    target.write(content)
