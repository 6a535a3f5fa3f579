"""Sweeps remove files that no message has, that were never sent or never arrived, and objects without a record."""

import asyncio
import contextlib
import io
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from redis.asyncio import Redis

from chat import keys
from chat.attachments import File
from chat.files import record
from chat.files.errors import FileAttached, FileQuotaReached, FilesUnavailable, UnknownFile
from chat.files.files import ARRIVING_SECONDS, AT_ONCE, UNSENT_SECONDS, Files
from chat.files.objects import Objects, Place
from chat.files.prepare.order import Answer
from chat.files.sweep import FileSweeper
from chat.settings import Settings
from chat.store import run
from tests.support.bucket import ENVIRONMENT
from tests.support.chat_fixture import SETTINGS, USER, ChatFixture

DAY = 86_400
ANSWER = Answer({"kind": "text", "type": "text/plain", "characters": 5}, {"text": b"words"})


class Kept:
    """The files of `USER` in a folder."""

    def __init__(self, store: Redis, folder: Path, settings: Settings = SETTINGS) -> None:
        self.store, self.folder = store, folder
        self.objects = Objects(f"file://{folder}")
        self.files = Files(store, settings, self.objects)
        self.sweeper = FileSweeper(store, self.files, self.objects)

    async def add(self, name: str = "a.txt") -> File:
        return await self.files.add(USER, name, io.BytesIO(b"words"), 5, ANSWER)

    async def age(self, file: File, **fields: Any) -> None:
        """Changes a record, and makes it due."""
        name = keys.file(keys.digest(USER), file.id)
        for field, value in fields.items():
            await self.store.execute_command("HSET", name, field, value)
        await self.store.zadd(keys.FILES, dict.fromkeys(await self.store.zrange(keys.FILES, 0, -1), 0.0))

    async def created_ago(self, file: File, seconds: float, **more: Any) -> None:
        now, _ = await self.store.time()
        await self.age(file, created_at=int(now) - int(seconds), **more)

    async def exists(self, file: File) -> bool:
        try:
            await self.files.get(USER, file.id)
        except UnknownFile:
            return False
        return True

    def stored(self) -> list[str]:
        return sorted(path.parent.name for path in self.folder.rglob("original"))

    async def bytes(self) -> int:
        return int(await self.store.execute_command("HGET", keys.user_files(keys.digest(USER)), "total") or 0)


@pytest.fixture
async def kept(store: Redis, tmp_path: Path) -> AsyncIterator[Kept]:
    await store.delete(keys.FILES)
    yield Kept(store, tmp_path)
    await Kept(store, tmp_path).files.erase(USER)


async def asked(chat: ChatFixture, kept: Kept, *files: File, message: str = "hello", **more: Any) -> str:
    """Opens and ends a turn of a question with these files. Returns its id."""
    names = [file.id for file in files]
    bound = await kept.files.bind(USER, chat.session_id, names)
    turn_id = (await chat.open(message, attachments=tuple(bound), **more)).turn_id
    await kept.files.settle(USER, names, is_opened=True)
    await chat.claim(turn_id, "1")
    await chat.close(turn_id, "1", "a reply")
    return turn_id


async def test_a_file_that_was_never_sent_goes_after_a_day(kept: Kept) -> None:
    old, young = await kept.add(), await kept.add()
    await kept.created_ago(old, UNSENT_SECONDS + 1)
    assert await kept.sweeper.check_due() == 1
    assert (await kept.exists(old), await kept.exists(young)) == (False, True)
    assert kept.stored() == [young.id]
    assert await kept.bytes() == 16_384
    assert await kept.sweeper.check_due() == 0  # not due again


async def test_an_upload_that_broke_off_goes_after_an_hour(kept: Kept) -> None:
    file = await kept.add()
    await kept.created_ago(file, ARRIVING_SECONDS - 60, state="arriving")
    assert await kept.sweeper.check_due() == 0
    await kept.created_ago(file, ARRIVING_SECONDS + 1, state="arriving")
    assert await kept.sweeper.check_due() == 1
    assert kept.stored() == []


async def test_a_removal_that_was_interrupted_is_completed(kept: Kept) -> None:
    file = await kept.add()
    await kept.age(file, state="removed")
    assert await kept.sweeper.check_due() == 1
    assert kept.stored() == []
    assert await kept.bytes() == 0


async def test_a_file_of_a_message_stays_until_that_expires(kept: Kept, chat: ChatFixture) -> None:
    file = await kept.add()
    await asked(chat, kept, file)
    await kept.created_ago(file, 400 * DAY)
    assert await kept.sweeper.check_due() == 0
    assert await kept.exists(file)
    await kept.store.unlink(keys.tree(chat.session_id))  # as CONVERSATION_EXPIRE_TIME does
    await kept.age(file)
    assert await kept.sweeper.check_due() == 1
    assert kept.stored() == []


async def test_a_file_of_dropped_messages_goes(kept: Kept, chat: ChatFixture) -> None:
    """`MAX_HISTORY_MESSAGES` is 4 here."""
    file = await kept.add()
    await asked(chat, kept, file)
    for _ in range(2):
        await chat.add_exchange("more")
    await kept.age(file)
    assert await kept.sweeper.check_due() == 1


async def test_a_file_stays_while_its_question_is_being_opened(kept: Kept, chat: ChatFixture) -> None:
    file = await kept.add()
    await kept.files.bind(USER, chat.session_id, [file.id])
    await kept.created_ago(file, 2 * DAY)
    assert await kept.sweeper.check_due() == 0
    with pytest.raises(FileAttached):
        await kept.files.remove(USER, file.id)
    await kept.files.settle(USER, [file.id], is_opened=False)
    await kept.age(file)
    assert await kept.sweeper.check_due() == 1
    with pytest.raises(UnknownFile):
        await kept.files.bind(USER, chat.session_id, [file.id])


async def test_an_api_that_died_while_opening_keeps_no_file(kept: Kept, chat: ChatFixture) -> None:
    file = await kept.add()
    await kept.files.bind(USER, chat.session_id, [file.id])
    await kept.created_ago(file, UNSENT_SECONDS + 1, unsettled_until=1)
    assert await kept.sweeper.check_due() == 1


async def test_a_refused_questions_file_stays_for_a_day(kept: Kept, chat: ChatFixture) -> None:
    file = await kept.add()
    await kept.files.bind(USER, chat.session_id, [file.id])
    await kept.files.settle(USER, [file.id], is_opened=False)
    async with kept.files.removing(USER, chat.session_id):
        pass
    await kept.age(file)
    assert await kept.sweeper.check_due() == 0
    await kept.created_ago(file, UNSENT_SECONDS + 1)
    assert await kept.sweeper.check_due() == 1


async def test_a_file_that_was_asked_with_meanwhile_stays(kept: Kept, chat: ChatFixture) -> None:
    """It was bound to the same session before, so its sessions look as they did."""
    file = await kept.add()
    await kept.files.bind(USER, chat.session_id, [file.id])
    await kept.files.settle(USER, [file.id], is_opened=False)
    place = Place(keys.digest(USER), file.id)
    seen = record.record_of(await kept.store.execute_command("HGETALL", keys.file(*place)))
    await asked(chat, kept, file)
    assert seen
    assert not await run(kept.store, record.drop_call(place, seen.binds))
    assert await kept.exists(file)


async def test_files_are_counted_once_for_each_message(kept: Kept, chat: ChatFixture) -> None:
    file = await kept.add()
    for message in ("one", "two"):
        await asked(chat, kept, file, message=message)
    field = f"r:{file.id}"
    tree = keys.tree(chat.session_id)
    assert await kept.store.execute_command("HGET", tree, field) == "2"
    first, _, third, _ = (await chat.sessions.history(USER, chat.session_id)).messages
    await chat.sessions.branches.remove(USER, chat.session_id, third.id)
    assert await kept.store.execute_command("HGET", tree, field) == "1"
    async with kept.files.removing(USER, chat.session_id):
        await chat.sessions.branches.remove(USER, chat.session_id, first.id)
    assert await kept.store.execute_command("HGET", tree, field) is None
    assert not await kept.exists(file)


async def test_objects_without_a_record_go_after_a_week(kept: Kept) -> None:
    file = await kept.add()
    lost = Place("a" * 32, "b" * 32)
    await kept.objects.put(lost, "original", b"words")
    assert await kept.sweeper.remove_orphans() == 0
    assert await kept.sweeper.remove_orphans(age=-60) == 1
    assert kept.stored() == [file.id]


@pytest.fixture
async def refusing(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[set[str]]:
    """A bucket that refuses everything. Yields the ids of the files that it was asked for."""
    asked_for = set[str]()

    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            asked = await reader.readuntil(b"</Key>")  # S3's DeleteObjects
            asked_for.add(asked.decode("ascii").split("/")[-3])
            writer.write(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
            await writer.drain()
        writer.close()

    server = await asyncio.start_server(refuse, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    for name, value in {**ENVIRONMENT, "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}"}.items():
        monkeypatch.setenv(name, value)
    async with server:
        yield asked_for


@pytest.mark.parametrize("removal", ["messages", "everything"])
async def test_a_bucket_that_is_away_is_asked_once(
    kept: Kept, chat: ChatFixture, refusing: set[str], removal: str
) -> None:
    files = [await kept.add() for _ in range(20)]
    for part in (files[:10], files[10:]):
        await asked(chat, kept, *part)
    away = Files(kept.store, SETTINGS, Objects("s3://bucket"))
    if removal == "everything":
        await chat.sessions.clear(USER, chat.session_id)
        await away.erase(USER)
    else:
        async with away.removing(USER, chat.session_id):
            await chat.sessions.clear(USER, chat.session_id)
    assert 0 < len(refusing) <= AT_ONCE
    assert not [file for file in files if await kept.exists(file)]
    assert len(kept.stored()) == 20
    now, _ = await kept.store.time()
    assert max(score for _, score in await kept.store.zrange(keys.FILES, 0, -1, withscores=True)) < (now + 61) * 1000
    await kept.age(files[0])
    assert await kept.sweeper.check_due() == 20
    assert kept.stored() == []


async def test_a_lost_store_does_not_remove_objects(kept: Kept) -> None:
    await kept.objects.put(Place("a" * 32, "b" * 32), "original", b"words")
    assert await kept.sweeper.remove_orphans(age=-60) == 0
    assert kept.stored() == ["b" * 32]


async def test_the_objects_are_listed_once_a_day(kept: Kept) -> None:
    await kept.store.delete(keys.FILES_LISTED)
    await kept.sweeper.list_once_a_day()
    assert 0 < await kept.store.ttl(keys.FILES_LISTED) <= DAY
    await kept.store.delete(keys.FILES_LISTED)


async def test_a_file_beyond_the_quota_leaves_nothing(store: Redis, tmp_path: Path) -> None:
    kept = Kept(store, tmp_path, Settings(max_file_bytes_per_user=40_000))
    files = [await kept.add() for _ in range(2)]
    with pytest.raises(FileQuotaReached):
        await kept.add()
    assert kept.stored() == sorted(file.id for file in files)
    await kept.files.erase(USER)
    assert (kept.stored(), await kept.bytes()) == ([], 0)


async def test_a_file_is_never_outside_its_folder(kept: Kept) -> None:
    for name in ("../x", "a/b", "A" * 32, "0" * 31):
        with pytest.raises(UnknownFile):
            await kept.files.get(USER, name)
        with pytest.raises(ValueError, match="not the place"):
            Place("a" * 32, name).path("original")


async def test_without_a_place_for_files_none_is_taken(store: Redis) -> None:
    files = Files(store, SETTINGS, Objects(""))
    with pytest.raises(FilesUnavailable):
        await files.add(USER, "a.txt", io.BytesIO(b"words"), 5, ANSWER)
    await store.delete(keys.FILES)
