"""docs/guides/backup.md and moving.md: conversations survive a restore, a move to another Valkey, and a replica."""

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from dotenv import dotenv_values
from redis.asyncio import Redis

from launcher import ports, valkey
from tests.documents import blocks
from tests.documents.blocks import Block
from tests.documents.shells import open_shell
from tests.documents.table import Record
from tests.support.model_server import Led
from tests.support.stack import SECRET, Stack, run_stack
from tests.support.waiting import eventually

NAME = "tests/documents/slow_moving.py"
TAKE, RESTORE = (block for block in blocks.of("docs/guides/backup.md") if block.argument == NAME)
PACK, KEYS, FOLLOW, PROMOTE = (block for block in blocks.of("docs/guides/moving.md") if block.way == "by")
QUESTION, UNFINISHED = "What is kept?", "What ends elsewhere?"


PRIVATE = 0o600


def mode(file: Path) -> int:
    return file.stat().st_mode & 0o777


@dataclass
class Old:
    """The folder of a `make run` that was stopped, and what a user saw there."""

    folder: Path
    token: str
    session_id: str
    history: list[dict[str, Any]]


async def chat(stack: Stack) -> tuple[str, str, list[dict[str, Any]]]:
    """Become a guest and ask. Returns the token, the session, and its history."""
    async with stack.client() as anyone:
        token = (await anyone.http.post("/auth/guest", params={"user_id": ""})).json()["token"]
    async with stack.client(token=token) as user:
        session_id = await user.start()
        await user.follow(await user.ask(session_id, QUESTION))
        return token, session_id, await user.history(session_id)


@pytest.fixture
async def old(tmp_path: Path) -> Old:
    """Holdfast on a Valkey in `.holdfast/valkey`, stopped with Ctrl-C's effect: every process ended in order."""
    folder = tmp_path / "old"
    (folder / ".holdfast" / "valkey").mkdir(parents=True)
    (folder / ".holdfast" / "secret_key").write_text(SECRET, "utf-8")
    (folder / "logs").mkdir()
    with valkey.running(folder / ".holdfast" / "valkey") as url:
        async with run_stack(url, folder / "logs", auth_mode="guest") as stack:
            token, session_id, history = await chat(stack)
    return Old(folder, token, session_id, history)


async def run(block: Block, folder: Path, record: Record) -> None:
    async with open_shell("sh", folder) as shell:
        answer = await shell.type(block.code)
    assert answer.status == 0, answer.output
    record(block, "sh", answer.seconds, "nothing, as it should")


async def check_history(url: str, old: Old, logs: Path) -> None:
    """The guest sees the same history on the Valkey at `url`, and can go on."""
    async with run_stack(url, logs, auth_mode="guest") as stack, stack.client(token=old.token) as user:
        assert await user.history(old.session_id) == old.history
        transcript = await user.chat(old.session_id, "And now?")
        assert transcript.text == "You said: And now? "


async def test_a_restored_backup_has_the_same_history(old: Old, tmp_path: Path, record: Record) -> None:
    new = tmp_path / "new"
    new.mkdir()
    (old.folder / ".env").write_text("# settings\n", "utf-8")
    (old.folder / "holdfast-backup.tgz").write_text("an earlier one", "utf-8")
    await run(TAKE, old.folder, record)
    assert mode(old.folder / "holdfast-backup.tgz") == PRIVATE
    shutil.copy(old.folder / "holdfast-backup.tgz", new)
    await run(RESTORE, new, record)
    assert (new / ".env").exists()
    assert (new / ".holdfast" / "secret_key").read_text("utf-8") == SECRET
    with valkey.running(new / ".holdfast" / "valkey") as url:
        await check_history(url, old, tmp_path)


async def test_the_file_moves_into_a_valkey_with_a_password(old: Old, tmp_path: Path, record: Record) -> None:
    await run(PACK, old.folder, record)
    await run(KEYS, old.folder, record)
    assert mode(old.folder / "moved.tgz") == mode(old.folder / ".env") == PRIVATE
    settings = {name: value or "" for name, value in dotenv_values(old.folder / ".env").items()}
    assert settings["SECRET_KEY"] == SECRET
    volume = tmp_path / "volume"
    volume.mkdir()
    shutil.unpack_archive(old.folder / "moved.tgz", volume, filter="data")
    port = ports.free()
    with valkey.running(volume, port=port) as open_url:
        async with Redis.from_url(open_url) as client:
            await client.config_set("requirepass", settings["REDIS_PASSWORD"])
        await check_history(valkey.url(port, settings["REDIS_PASSWORD"]), old, tmp_path)


async def test_a_replica_takes_over_with_an_unfinished_reply(tmp_path: Path, record: Record) -> None:
    folders = [tmp_path / name for name in ("a", "b", "logs", "other-logs")]
    for folder in folders:
        folder.mkdir()
    old_port = ports.free()
    with valkey.running(folders[0], port=old_port) as open_url, valkey.running(folders[1]) as other:
        async with Redis.from_url(open_url) as client:
            await client.config_set("requirepass", "old-password")
        url = valkey.url(old_port, "old-password")
        async with run_stack(url, folders[2], auth_mode="guest") as stack, Redis.from_url(other) as replica:
            token, session_id, history = await chat(stack)
            led = Led()
            stack.model.on(UNFINISHED, led)
            async with stack.client(token=token) as user:
                turn_id = await user.ask(session_id, UNFINISHED)
                await (await led.exchange()).say("Unfinished")
                await commands(replica, FOLLOW.code.replace("old-host 6379", f"127.0.0.1 {old_port}"))
                await eventually(lambda: is_equal(replica))
        async with Redis.from_url(other) as replica:
            await commands(replica, PROMOTE.code)
        async with run_stack(other, folders[3], auth_mode="guest") as stack, stack.client(token=token) as user:
            assert (await user.history(session_id))[: len(history)] == history
            assert (await user.follow(turn_id)).text == f"You said: {UNFINISHED} "
    for block in (FOLLOW, PROMOTE):
        record(block, "-", 0, "sent to a Valkey; its history is the old one's")


async def commands(client: Redis, code: str) -> None:
    for line in code.splitlines():
        assert await client.execute_command(*line.split()) in (True, b"OK", "OK")


async def is_equal(replica: Redis) -> bool:
    found = await replica.info("replication")
    return bool(found["master_link_status"] == "up" and found["master_sync_in_progress"] == 0)
