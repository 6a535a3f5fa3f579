"""Files in a bucket are kept under a prefix, whole or not at all, also where it dies in the middle of an upload."""

import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from chat import keys
from tests.contract.refusals import refused
from tests.files import pictures
from tests.support.bucket import Bucket, running_bucket
from tests.support.client import Client
from tests.support.databases import database
from tests.support.stack import Stack, run_stack
from tests.support.waiting import eventually

LARGE = b"some words in a line\n" * 600_000
"""A text of 12 MB, which is uploaded in three parts."""


@pytest.fixture(scope="module")
async def bucket() -> AsyncIterator[Bucket]:
    async with running_bucket() as running:
        yield running


@pytest.fixture(scope="module")
async def stack(redis_url: str, tmp_path_factory: pytest.TempPathFactory, bucket: Bucket) -> AsyncIterator[Stack]:
    async with run_stack(database(redis_url), tmp_path_factory.mktemp("bucket"), **bucket.settings) as running:
        yield running


@pytest.fixture
async def user(stack: Stack) -> AsyncIterator[Client]:
    async with stack.client() as client:
        yield client


async def states(stack: Stack, user: Client) -> list[str]:
    """The states of the user's records."""
    pattern = keys.file(keys.digest(user.user_id), "*").replace("{", "[{]").replace("}", "[}]")
    names = [name async for name in stack.store.scan_iter(match=pattern)]
    return [await stack.store.execute_command("HGET", name, "state") for name in names]


async def test_files_are_kept_under_the_prefix_of_the_bucket(user: Client, stack: Stack, bucket: Bucket) -> None:
    picture, text = await user.upload("a.png", pictures.png()), await user.upload("b.txt", LARGE)
    place = f"some/prefix/{keys.digest(user.user_id)}"
    assert {name for name in await bucket.names() if name.startswith(place)} == {
        *(f"{place}/{picture['id']}/{form}" for form in ("original", "model", "preview")),
        *(f"{place}/{text['id']}/{form}" for form in ("original", "text")),
    }
    assert (await user.http.get(f"/files/{text['id']}")).content == LARGE
    assert (await user.http.get(f"/files/{picture['id']}")).content == pictures.png()
    for file in (picture, text):
        assert (await user.http.delete(f"/files/{file['id']}")).status_code == 204
    assert not [name for name in await bucket.names() if name.startswith(place)]
    assert await states(stack, user) == []


def most_memory(stack: Stack) -> int:
    """The most memory that the API has ever used, in kilobytes."""
    status = Path(f"/proc/{stack.processes[-1].pid}/status").read_text("ascii")
    return int(status.partition("VmHWM:")[2].split()[0])


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux reports the most memory of a process")
async def test_a_large_file_is_never_whole_in_memory(user: Client, stack: Stack) -> None:
    await user.upload("b.txt", LARGE)
    before = most_memory(stack)
    file = await user.upload("c.csv", b"2026-01-01;some words;1234567.89;true\n" * 1_500_000)
    async with user.http.stream("GET", f"/files/{file['id']}") as response:
        assert sum([len(piece) async for piece in response.aiter_bytes()]) == file["size"] > 50 << 20
    assert most_memory(stack) - before < 45_000
    assert (await user.http.delete(f"/files/{file['id']}")).status_code == 204


async def test_a_file_of_a_question_reaches_the_worker(user: Client, stack: Stack) -> None:
    file, session_id = await user.upload("notes.txt", b"The launch is on Tuesday."), await user.start()
    await user.chat(session_id, "when is the launch?", attachments=[file["id"]])
    (exchange,) = stack.model.asked("when is the launch?")
    assert "The launch is on Tuesday." in exchange.body["messages"][-1]["content"]


async def test_a_stop_ends_the_reading_of_files(user: Client, stack: Stack, bucket: Bucket) -> None:
    file, session_id = await user.upload("notes.txt", b"The launch is on Tuesday."), await user.start()
    bucket.pause()
    turn_id = await user.ask(session_id, "what is in the file?", attachments=[file["id"]])

    async def runs() -> bool:
        return bool((await user.turn(turn_id))["state"] == "running")

    await eventually(runs)
    await user.http.post(f"/chat/turns/{turn_id}/cancel")
    await user.follow(turn_id)
    assert (await user.turn(turn_id))["finish_reason"] == "cancelled"
    assert stack.model.asked("what is in the file?") == []
    bucket.go_on()


async def test_a_bucket_that_dies_during_an_upload_leaves_nothing(user: Client, stack: Stack, bucket: Bucket) -> None:
    bucket.die_at_the_next_upload()
    response = await user.post_file("b.txt", LARGE)
    refused(response, 503, "files_unavailable")
    assert int(response.headers["retry-after"]) > 0
    await bucket.ended()
    assert await states(stack, user) == ["removed"]
    refused(await user.post_file("c.txt", b"words"), 503, "files_unavailable")
    session_id = await user.start()
    assert (await user.chat(session_id, "the chat works without")).text
    await bucket.start()
    assert await bucket.names() == []
    assert (await user.upload("b.txt", LARGE))["size"] == len(LARGE)
    assert (await user.http.delete("/me/sessions", params={"confirm": "all"})).status_code == 200
    assert await states(stack, user) == []
    assert await bucket.names() == []
