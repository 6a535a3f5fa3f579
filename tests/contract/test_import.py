"""Conversations of other applications, and exports of our own, become sessions: whole, or with a reason why not."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx2
import pytest

from chat import keys
from chat.transfer.limits import MAX_MESSAGES, MAX_OWN_VERSIONS
from chat.transfer.notes import PARTS, REASONS
from tests.contract.refusals import nothing_stored, refused
from tests.support.client import Client
from tests.support.fixtures import stack_of
from tests.support.foreign_exports import (
    chatgpt,
    chatgpt_node,
    encoded,
    librechat,
    librechat_message,
    open_webui,
    open_webui_message,
    own,
    own_file,
    own_message,
    simple_chatgpt,
    zipped,
)
from tests.support.keyspace import names
from tests.support.stack import Stack
from tests.support.waiting import eventually

small = stack_of(
    max_import_bytes="200000", max_sessions_per_user="3", max_bytes_per_user="60000", max_reply_chars="50000"
)
"""A stack with low limits on imports."""

Lines = list[dict[str, Any]]


async def send(user: Client, content: bytes, **query: Any) -> httpx2.Response:
    return await user.http.post("/me/import", content=content, params=query)


def lines_of(response: httpx2.Response) -> Lines:
    assert response.status_code == 200, response.text
    assert response.headers["content-type"] == "application/x-ndjson"
    return [json.loads(line) for line in response.text.splitlines()]


async def imported(user: Client, content: bytes, **query: Any) -> Lines:
    return lines_of(await send(user, content, **query))


async def listed(user: Client) -> list[dict[str, Any]]:
    return list((await user.http.get("/chat/sessions")).json()["sessions"])


async def test_an_import_reports_each_conversation_and_a_sum(user: Client) -> None:
    picture = {"content_type": "multimodal_text", "parts": [{"content_type": "image_asset_pointer"}, "a picture"]}
    with_image = chatgpt(chatgpt_node("q", None, "user", content=picture), title="Picture")
    begin, first, second, third, end = await imported(user, encoded([simple_chatgpt(), with_image, {"x": 1}]))
    assert begin == {"type": "begin", "dry_run": False, "conversations": 3, "files": 0}
    assert (first["status"], first["source"], first["title"], first["messages"]) == (
        "imported",
        "chatgpt",
        "A title",
        2,
    )
    assert second["parts"] == {"images": 1}
    assert (third["status"], third["reason"], third["detail"]) == ("left_out", "unreadable", REASONS["unreadable"])
    assert end == {
        "type": "end",
        "imported": 2,
        "left_out": 1,
        "messages": 3,
        "parts": {"images": {"count": 1, "detail": PARTS["images"]}},
    }
    sessions = await listed(user)
    assert {each["session_id"] for each in sessions} == {first["session_id"], second["session_id"]}
    assert {(each["title"], each["role"], each["updated_at"]) for each in sessions} == {
        ("A title", "assistant", first["updated_at"]),
        ("Picture", "assistant", second["updated_at"]),
    }


FILES: dict[str, bytes] = {
    "chatgpt": encoded([simple_chatgpt("hello", "hi")]),
    "chatgpt, older ZIP": zipped({"conversations.json": encoded([simple_chatgpt()]), "user.json": b"{}"}),
    "chatgpt, newer ZIP": zipped(
        {"conversations-000.json": encoded([simple_chatgpt()]), "export_manifest.json": b"{}"}
    ),
    "open webui": encoded(
        [open_webui(open_webui_message("q", None, "user", "hello"), open_webui_message("a", "q", "assistant", "hi"))]
    ),
    "librechat": encoded(
        librechat(librechat_message("q", None, True, "hello"), librechat_message("a", "q", False, "hi"))
    ),
    "holdfast": encoded(
        own_file(own(own_message("q", None, "user", "hello"), own_message("a", "q", "assistant", "hi")))
    ),
}


@pytest.mark.parametrize("name", FILES)
async def test_every_form_is_imported_and_goes_on(user: Client, name: str) -> None:
    (_, line, _) = await imported(user, FILES[name])
    session_id = line["session_id"]
    assert [each["content"] for each in await user.history(session_id)] == ["hello", "hi"]
    assert (await user.chat(session_id, "next")).text == "You said: next "
    assert [each["content"] for each in await user.history(session_id)][2:] == ["next", "You said: next "]


@pytest.mark.parametrize("name", FILES)
async def test_a_dry_run_tells_the_same_and_stores_nothing(stack: Stack, user: Client, name: str) -> None:
    session_id = await user.start()
    async with nothing_stored(stack, user, session_id):
        begin, line, end = await imported(user, FILES[name], dry_run=True)
    assert begin["dry_run"] is True
    assert (line["status"], line["messages"], end["importable"]) == ("importable", 2, 1)
    assert "session_id" not in line
    (_, again, _) = await imported(user, FILES[name])
    assert {**line, "status": "imported", "session_id": again["session_id"]} == again


async def test_an_export_imported_again_is_equal(stack: Stack, user: Client) -> None:
    session_id = await user.start()
    await user.chat(session_id, "hello")
    await user.chat(session_id, "and?", role="teacher")
    (_, reply, *_) = await user.history(session_id)
    await user.follow(await user.ask(session_id, replace_from=reply["id"]))
    exported = (await user.http.get("/me/export")).content
    async with stack.client() as other:
        (_, line, _) = await imported(other, exported)
        again = (await other.http.get("/me/export")).text
    before, after = json.loads(exported), json.loads(again.replace(line["session_id"], session_id))
    before.pop("exported_at"), after.pop("exported_at")
    assert before == after


async def test_a_session_larger_than_those_of_others_is_imported(user: Client) -> None:
    """More messages and versions than a conversation of another application may have."""
    names = [f"m{number}" for number in range(MAX_MESSAGES + 1)]
    branch = [own_message(name, above, "user", "x") for name, above in zip(names, ["", *names], strict=False)]
    versions = [own_message(f"v{number}", "m0", "user", "y") for number in range(MAX_OWN_VERSIONS - 1)]
    file: dict[str, Any] = {"format": "holdfast", "version": 1, "sessions": [own(*branch, *versions, leaf=names[-1])]}
    assert [line["type"] for line in await imported(user, json.dumps(file).encode())][1:] == ["conversation", "end"]
    (exported,) = (await user.http.get("/me/export")).json()["sessions"]
    assert exported["messages"] == file["sessions"][0]["messages"]


async def test_an_unknown_role_becomes_the_default(user: Client) -> None:
    value = own(own_message("q", None, "user", "x", persona="pirate"), role="pirate")
    (_, line, *_) = await imported(user, encoded(own_file(value, own(role="teacher", title="T"))))
    assert "session_id" in line
    assert {each["role"] for each in await listed(user)} == {"assistant", "teacher"}
    assert "persona" not in (await user.history(line["session_id"]))[0]


def bomb() -> bytes:
    return zipped({"conversations.json": b"[" + b" " * 30_000_000 + b"]"})


def many_files() -> bytes:
    return zipped({f"{number}": b"" for number in range(10_001)})


REFUSED: dict[str, tuple[bytes | Callable[[], bytes], str]] = {
    "nothing": (b"", "import_empty"),
    "blank": (b" \n", "import_empty"),
    "text": (b"hello", "import_not_json"),
    "cut": (encoded([simple_chatgpt()])[:-5], "import_not_json"),
    "invalid inside": (b'[{"mapping": {]]', "import_not_json"),
    "not UTF-8": (b'["\xff"]', "import_not_json"),
    "deep": (b"[" * 100_000, "import_too_deep"),
    "other JSON": (b'{"a": 1}', "import_unknown_form"),
    "an empty list": (b"[]", "import_unknown_form"),
    "newer": (encoded(own_file(own(), version=2)), "import_newer_version"),
    "a ZIP without conversations": (zipped({"a.txt": b"x"}), "import_unknown_form"),
    "a ZIP in a ZIP": (zipped({"a.zip": zipped({"conversations.json": b"[]"})}), "import_unknown_form"),
    "a bomb": (bomb, "import_unpacks_too_large"),
    "a damaged ZIP": (zipped({"conversations.json": encoded([simple_chatgpt()])})[:-30], "import_bad_archive"),
    "names outside": (zipped({"../conversations.json": b"[]"}), "import_unsafe_names"),
    "many files": (many_files, "import_too_many_files"),
    "one good, one cut": (encoded([simple_chatgpt()])[:-1] + b", {", "import_not_json"),
}


@pytest.mark.parametrize("case", REFUSED)
async def test_a_file_that_cannot_be_read_stores_nothing(stack: Stack, user: Client, case: str) -> None:
    given, code = REFUSED[case]
    content = given if isinstance(given, bytes) else given()
    session_id = await user.start()
    async with nothing_stored(stack, user, session_id):
        for dry_run in (True, False):
            refused(await send(user, content, dry_run=dry_run), 422, code)


@pytest.mark.parametrize("is_chunked", [True, False])
async def test_a_file_that_is_too_large_is_refused(small: Stack, is_chunked: bool) -> None:
    content = b"[" + b" " * 200_000 + b"]"

    async def pieces() -> AsyncIterator[bytes]:
        yield content

    async with small.client() as user:
        response = await user.http.post("/me/import", content=pieces() if is_chunked else content)
        refused(response, 413, "import_too_large")
        assert not await names(small.store, match=keys.imports(user.user_id))
        accepted = await send(user, encoded([simple_chatgpt()]) + b" " * 150_000)
        assert lines_of(accepted)[-1]["imported"] == 1


async def test_the_limit_on_other_bodies_stays(stack: Stack, user: Client) -> None:
    refused(await user.http.post("/chat/turns", content=b"x" * 900_000), 413, "body_too_large")
    assert (await send(user, encoded([simple_chatgpt()]) + b" " * 1_000_000)).status_code == 200


async def test_what_exceeds_the_limit_of_sessions_is_left_out(small: Stack) -> None:
    async with small.client() as user:
        await user.start()
        content = encoded([{**simple_chatgpt(), "title": f"{number}"} for number in range(4)])
        for query in ({"dry_run": True}, {}):
            (_, *lines, end) = await imported(user, content, **query)
            assert [each.get("reason") for each in lines] == [None, None, "too_many_sessions", "too_many_sessions"]
            assert end["left_out"] == 2
        assert len(await listed(user)) == 3


async def test_what_exceeds_the_quota_is_left_out(small: Stack) -> None:
    async with small.client() as user:
        content = encoded([simple_chatgpt("x" * 20_000), simple_chatgpt("y" * 49_000), simple_chatgpt("z")])
        for query in ({"dry_run": True}, {}):
            (_, *lines, _) = await imported(user, content, **query)
            assert [each.get("reason") for each in lines] == [None, "quota_reached", None]
        assert len(await listed(user)) == 2


async def test_a_user_has_one_import_at_a_time(stack: Stack, user: Client) -> None:
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def slow() -> AsyncIterator[bytes]:
        yield b"["
        begun.set()
        await go_on.wait()
        yield encoded(simple_chatgpt()) + b"]"

    first = asyncio.create_task(user.http.post("/me/import", content=slow()))
    await begun.wait()

    async def is_held() -> bool:
        return bool(await names(stack.store, match=keys.imports(user.user_id)))

    await eventually(is_held)
    problem = await send(user, FILES["chatgpt"])
    refused(problem, 429, "import_running")
    assert int(problem.headers["retry-after"]) > 0
    go_on.set()
    assert lines_of(await first)[-1]["imported"] == 1
    assert lines_of(await send(user, FILES["chatgpt"]))[-1]["imported"] == 1


async def test_an_upload_that_breaks_off_frees_its_slot(stack: Stack, user: Client) -> None:
    async def broken() -> AsyncIterator[bytes]:
        yield b"[" + b" " * 100_000
        raise RuntimeError("the client goes away")

    with pytest.raises(RuntimeError):
        await user.http.post("/me/import", content=broken())

    async def is_free() -> bool:
        return not await names(stack.store, match=keys.imports(user.user_id))

    await eventually(is_free)
    assert await listed(user) == []


async def test_an_import_needs_an_identity(guests: Stack) -> None:
    async with httpx2.AsyncClient(base_url=guests.url) as http:
        refused(await http.post("/me/import", content=FILES["chatgpt"]), 401, "no_identity")
        guest = (await http.post("/auth/guest")).json()
        headers = {"Authorization": f"Bearer {guest['token']}"}
        response = await http.post("/me/import", content=FILES["chatgpt"], headers=headers)
        assert lines_of(response)[-1]["imported"] == 1


async def test_no_text_of_a_file_is_logged(stack: Stack, user: Client) -> None:
    secret = "words that nobody may read in a log"
    await imported(user, encoded([simple_chatgpt(secret, secret), {"title": secret}]))
    await send(user, encoded([secret])[:-1])
    assert "import_ended" in stack.logs()
    assert secret not in stack.logs()


async def test_after_the_last_line_another_import_may_begin(user: Client) -> None:
    async with user.http.stream("POST", "/me/import", content=FILES["chatgpt"]) as response:
        async for line in response.aiter_lines():
            if json.loads(line)["type"] == "end":
                assert lines_of(await send(user, FILES["chatgpt"]))[-1]["imported"] == 1
