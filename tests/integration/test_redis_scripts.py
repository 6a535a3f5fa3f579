"""The scripts of the pod `redis` limit its memory, copy the running store, and start with a copy that was put back."""

import asyncio
import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from redis.asyncio import Redis
from redis.exceptions import RedisError

from launcher import ports, valkey
from tests.support.databases import client_of
from tests.support.manifests import FOLDER
from tests.support.waiting import eventually

PROGRAMS = ("valkey-server", "valkey-check-aof", "valkey-check-rdb")
"""One program, which goes by the name that it is called by."""
SCRIPTS = FOLDER / "redis"


class Pod:
    """The container `valkey` with a folder as its volume."""

    def __init__(self, folder: Path) -> None:
        self.data = folder / "data"
        self.data.mkdir()
        programs = folder / "bin"
        programs.mkdir()
        for name in PROGRAMS:
            (programs / name).symlink_to(valkey.binary())
        self.environment = os.environ | {
            "PATH": f"{programs}:{os.environ['PATH']}",
            "DATA_DIR": str(self.data),
            "MEMORY_LIMIT": str(2**31),
            "MAXMEMORY_PERCENT": "50",
            "REDIS_PASSWORD": "pass word",
        }

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Redis]:
        """Runs start.sh as the manifest does, and stops it as the cluster does."""
        port = ports.free()
        options = ("--bind", "127.0.0.1", "--port", str(port), "--locale-collate", "C", "--set-proc-title", "no")
        process = await asyncio.create_subprocess_exec(
            "sh", SCRIPTS / "start.sh", *options, env=self.environment, stdout=asyncio.subprocess.DEVNULL
        )
        try:
            async with client_of(valkey.url(port, "pass%20word")) as store:
                await eventually(lambda: answers(store))
                yield store
        finally:
            process.terminate()
            await process.wait()

    async def run(self, script: str, given: bytes) -> int:
        """Runs a script with `given` as its standard input, and returns its exit code."""
        process = await asyncio.create_subprocess_exec(
            "sh",
            SCRIPTS / script,
            env=self.environment,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )
        await process.communicate(given)
        return process.returncode or 0


async def answers(store: Redis) -> bool:
    try:
        return bool(await store.ping())
    except (RedisError, OSError):  # not yet there, or still reading its file
        return False


async def copy_of(store: Redis, data: Path) -> bytes:
    """Returns a copy of the running store."""
    await store.bgsave()

    async def saved() -> bool:
        return (data / "dump.rdb").exists() and not (await store.info("persistence"))["rdb_bgsave_in_progress"]

    await eventually(saved)
    return (data / "dump.rdb").read_bytes()


@pytest.fixture
def pod(tmp_path: Path) -> Pod:
    return Pod(tmp_path)


async def test_redis_refuses_writes_at_half_its_memory_limit(pod: Pod) -> None:
    async with pod.running() as store:
        assert abs(int((await store.config_get("maxmemory"))["maxmemory"]) - 2**30) < 100
        assert await store.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}
        assert await store.config_get("appendonly") == {"appendonly": "yes"}


async def test_a_copy_replaces_the_data_at_the_next_start(pod: Pod) -> None:
    async with pod.running() as store:
        await store.set("then", "1")
        copy = await copy_of(store, pod.data)
        await store.set("later", "1")
        assert await pod.run("import.sh", copy) == 0
        assert set(await store.keys()) == {"then", "later"}
    async with pod.running() as store:
        assert await store.keys() == ["then"]
        await store.set("after", "1")
    assert (pod.data / "replaced" / "appendonly.aof.manifest").exists()
    async with pod.running() as store:
        assert set(await store.keys()) == {"then", "after"}


@pytest.mark.parametrize("damage", [slice(0, -20), slice(0, 0)], ids=["cut", "empty"])
async def test_a_damaged_copy_is_refused_and_changes_nothing(pod: Pod, damage: slice) -> None:
    async with pod.running() as store:
        await store.set("then", "1")
        copy = await copy_of(store, pod.data)
        assert await pod.run("import.sh", copy[damage]) != 0
        assert await pod.run("import.sh", copy + b"a mark that no server reads") != 0
    async with pod.running() as store:
        assert await store.keys() == ["then"]


async def test_a_start_that_broke_off_completes_a_restore(pod: Pod) -> None:
    async with pod.running() as store:
        await store.set("then", "1")
        assert await pod.run("import.sh", await copy_of(store, pod.data)) == 0
    shutil.move(pod.data / "appendonlydir", pod.data / "replaced")
    async with pod.running() as store:
        assert await store.keys() == ["then"]
    assert (pod.data / "replaced").exists()
