"""Share links show a conversation to people without an identity, and nothing of who its owner is."""

import re
from collections.abc import AsyncIterator
from typing import Any

import httpx2
import pytest

from tests.contract.refusals import refused
from tests.files import pictures
from tests.support import privacy
from tests.support.client import Client
from tests.support.databases import database
from tests.support.fixtures import stack_of
from tests.support.provider import Provider, providing
from tests.support.stack import Stack, run_stack

NOTES = b"<script>alert(1)</script>\n"
INSTRUCTIONS = "Answer like a pirate from Bristol."
UNKNOWN = "0" * 40
SECRET_HEADERS = {
    "cache-control": "private, no-store",
    "referrer-policy": "no-referrer",
    "x-robots-tag": "noindex, nofollow",
}

closed = stack_of("package", share_links="off", workers=0)
"""A stack without share links, and without a worker."""


@pytest.fixture
async def reader(stack: Stack) -> AsyncIterator[httpx2.AsyncClient]:
    """A client without an identity."""
    async with httpx2.AsyncClient(base_url=stack.url) as http:
        yield http


@pytest.fixture(scope="module")
async def provider() -> AsyncIterator[Provider]:
    async with providing() as running:
        yield running


@pytest.fixture(scope="module")
async def members(redis_url: str, tmp_path_factory: pytest.TempPathFactory, provider: Provider) -> AsyncIterator[Stack]:
    """A stack that accepts the provider's tokens only, with a model that sees pictures."""
    settings = {**provider.settings, "openai_can": "vision"}
    async with run_stack(database(redis_url), tmp_path_factory.mktemp("members"), **settings) as running:
        yield running


@pytest.fixture
async def owner(members: Stack, provider: Provider) -> AsyncIterator[Client]:
    async with members.client("owner", token=provider.token("owner")) as client:
        yield client


@pytest.fixture
async def stranger(members: Stack) -> AsyncIterator[httpx2.AsyncClient]:
    """A client without a token, there."""
    async with httpx2.AsyncClient(base_url=members.url) as http:
        yield http


async def share(user: Client, session_id: str, kind: str = "frozen", **more: Any) -> dict[str, Any]:
    answer = await user.http.post(f"/chat/sessions/{session_id}/shares", json={"kind": kind, **more})
    assert answer.status_code == 201, answer.text
    made = dict(answer.json())
    privacy.note(link_of(made))
    return made


def link_of(made: dict[str, Any]) -> str:
    """The secret id of a link."""
    return str(made["path"]).rpartition("/")[2]


async def read(reader: httpx2.AsyncClient, made: dict[str, Any], **query: Any) -> dict[str, Any]:
    answer = await reader.get(f"/shares/{link_of(made)}", params=query)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def is_gone(reader: httpx2.AsyncClient, made: dict[str, Any]) -> None:
    """Asserts that the link answers like one that never existed."""
    reader.headers["X-Request-ID"] = "the-same"
    answer, never = await reader.get(f"/shares/{link_of(made)}"), await reader.get(f"/shares/{UNKNOWN}")
    refused(answer, 404, "unknown_share")
    assert answer.content == never.content
    assert {**answer.headers, "date": ""} == {**never.headers, "date": ""}


async def test_an_owner_makes_lists_and_revokes_links(
    user: Client, session_id: str, reader: httpx2.AsyncClient
) -> None:
    await user.chat(session_id, "hello")
    frozen, live = await share(user, session_id, days=7), await share(user, session_id, "live", days=None)
    assert frozen["expires_at"] - frozen["created_at"] == 7 * 86_400
    assert live["expires_at"] is None
    assert re.fullmatch("/share/[0-9a-f]{40}", frozen["path"])
    assert link_of(frozen) not in str({**frozen, "path": ""})
    of_session = (await user.http.get(f"/chat/sessions/{session_id}/shares")).json()
    assert sorted(map(str, of_session["shares"])) == sorted(map(str, [frozen, live]))
    assert of_session["limit"] == 20
    assert (await user.http.get("/me/shares")).json() == {"shares": of_session["shares"], "limit": 200}
    page = await read(reader, frozen)
    assert (page["title"], page["kind"], page["created_at"]) == ("hello", "frozen", frozen["created_at"])
    address = f"/chat/sessions/{session_id}/shares/{frozen['share_id']}"
    assert (await user.http.delete(address)).status_code == 204
    refused(await user.http.delete(address), 404, "unknown_share")
    await is_gone(reader, frozen)
    assert (await user.http.get("/me/shares")).json()["shares"] == [live]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"kind": "other"},
        {"kind": "live", "days": 0},
        {"kind": "live", "days": 366},
        {"kind": "live", "days": 1.5},
        {"kind": "live", "days": "7"},
        {"kind": "live", "leaf": "1-r"},
    ],
)
async def test_odd_links_are_refused(user: Client, session_id: str, body: dict[str, Any]) -> None:
    await user.chat(session_id, "hello")
    refused(await user.http.post(f"/chat/sessions/{session_id}/shares", json=body), 422, "invalid_request")
    assert (await user.http.get("/me/shares")).json()["shares"] == []


async def test_an_empty_session_has_nothing_to_share(user: Client, session_id: str) -> None:
    answer = await user.http.post(f"/chat/sessions/{session_id}/shares", json={"kind": "live"})
    refused(answer, 409, "nothing_to_share")


async def test_other_users_cannot_make_list_or_revoke_links(user: Client, session_id: str, stack: Stack) -> None:
    await user.chat(session_id, "hello")
    made = await share(user, session_id)
    path = f"/chat/sessions/{session_id}/shares"
    async with stack.client() as stranger:
        refused(await stranger.http.post(path, json={"kind": "live"}), 404, "unknown_session")
        refused(await stranger.http.get(path), 404, "unknown_session")
        refused(await stranger.http.delete(f"{path}/{made['share_id']}"), 404, "unknown_session")
        assert (await stranger.http.get("/me/shares")).json()["shares"] == []
        own = await stranger.start()
        refused(await stranger.http.delete(f"/chat/sessions/{own}/shares/{made['share_id']}"), 404, "unknown_share")
    assert (await user.http.get(path)).json()["shares"] == [made]


async def test_a_shared_conversation_says_nothing_of_its_owner(
    user: Client, session_id: str, reader: httpx2.AsyncClient
) -> None:
    settings = {"instructions": INSTRUCTIONS, "temperature": 0.5}
    await user.http.patch(f"/chat/sessions/{session_id}", json=settings)
    file = await user.upload("notes.txt", b"words")
    turn_id = await user.ask(session_id, "hello", attachments=[file["id"]])
    await user.follow(turn_id)
    reply = (await user.history(session_id))[-1]["id"]
    vote = {"vote": "down", "text": "Not helpful at all."}
    await user.http.put(f"/chat/sessions/{session_id}/messages/{reply}/feedback", json=vote)
    made = await share(user, session_id, "live")
    answer = await reader.get(f"/shares/{link_of(made)}")
    number = turn_id.rpartition(".")[2]
    hidden = [user.user_id, session_id, turn_id, number, file["id"], made["share_id"], INSTRUCTIONS, vote["text"]]
    assert [each for each in hidden if each in answer.text] == []
    assert answer.json().keys() == {"title", "kind", "created_at", "messages", "has_more", "is_running"}
    names = {"id", "role", "content", "timestamp", "model", "finish_reason", "files", "steps"}
    assert [message.keys() for message in answer.json()["messages"]] == [names, names]
    assert "set-cookie" not in answer.headers


async def test_a_link_shows_only_files_of_its_messages(owner: Client, stranger: httpx2.AsyncClient) -> None:
    notes, picture = await owner.upload("notes.html", NOTES), await owner.upload("a.png", pictures.png())
    session_id, reader = await owner.start(), stranger
    await owner.chat(session_id, "one", attachments=[notes["id"]])
    made = await share(owner, session_id)
    await owner.chat(session_id, "two", attachments=[picture["id"]])
    live = await share(owner, session_id, "live")
    (file,) = (await read(reader, made))["messages"][0]["files"]
    assert (file["name"], file["kind"], file["size"]) == ("notes.html", "text", len(NOTES))
    answer = await reader.get(f"/shares/{link_of(made)}/files/{file['id']}")
    assert (answer.status_code, answer.content) == (200, NOTES)
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["content-disposition"].startswith("attachment")
    assert "sandbox" in answer.headers["content-security-policy"]
    assert {name: answer.headers.get(name) for name in SECRET_HEADERS} == SECRET_HEADERS
    (shown,) = (await read(reader, live))["messages"][2]["files"]
    preview = await reader.get(f"/shares/{link_of(live)}/files/{shown['id']}", params={"form": "preview"})
    assert (preview.status_code, preview.headers["content-type"]) == (200, "image/webp")
    for file_id in (shown["id"], notes["id"], picture["id"], "x"):
        refused(await reader.get(f"/shares/{link_of(made)}/files/{file_id}"), 404, "unknown_share")


async def test_a_deleted_message_takes_its_file_out_of_links(
    user: Client, session_id: str, reader: httpx2.AsyncClient
) -> None:
    await user.chat(session_id, "one")
    file = await user.upload("notes.txt", b"words")
    await user.chat(session_id, "two", attachments=[file["id"]])
    made = await share(user, session_id)
    question = (await user.history(session_id))[2]["id"]
    (shown,) = (await read(reader, made))["messages"][2]["files"]
    await user.http.delete(f"/chat/sessions/{session_id}/messages/{question}")
    assert len((await read(reader, made))["messages"]) == 2
    refused(await reader.get(f"/shares/{link_of(made)}/files/{shown['id']}"), 404, "unknown_share")


@pytest.mark.parametrize("path", ["/chat/sessions/{}", "/chat/history/{}", "/me/sessions"])
async def test_deleting_a_conversation_ends_its_links(
    user: Client, session_id: str, reader: httpx2.AsyncClient, path: str
) -> None:
    await user.chat(session_id, "hello")
    made = [await share(user, session_id), await share(user, session_id, "live")]
    query = {"confirm": "all"} if path == "/me/sessions" else {}
    assert (await user.http.delete(path.format(session_id), params=query)).status_code == 200
    for each in made:
        await is_gone(reader, each)
    assert (await user.http.get("/me/shares")).json()["shares"] == []


async def test_pages_of_a_link_go_back_to_the_first_message(
    user: Client, session_id: str, reader: httpx2.AsyncClient
) -> None:
    for number in range(3):
        await user.chat(session_id, f"question {number}")
    made, found = await share(user, session_id), list[str]()
    query: dict[str, Any] = {"limit": 4}
    while True:
        page = await read(reader, made, **query)
        found = [*(message["content"] for message in page["messages"]), *found]
        if not page["has_more"]:
            break
        query["before"] = page["messages"][0]["id"]
    assert found == [message["content"] for message in await user.history(session_id)]
    other = await share(user, session_id)
    for before in (query["before"], "x"):  # of another link, and of none
        answer = await reader.get(f"/shares/{link_of(other)}", params={"before": before})
        refused(answer, 404, "unknown_message")
    refused(await reader.get(f"/shares/{link_of(made)}", params={"limit": 101}), 422, "invalid_request")


async def test_every_answer_about_a_link_keeps_it_secret(
    user: Client, session_id: str, reader: httpx2.AsyncClient
) -> None:
    await user.chat(session_id, "hello")
    link = link_of(await share(user, session_id))
    data = [f"/shares/{UNKNOWN}", *(f"/shares/{link}{more}" for more in ("", "?limit=0", "/files/x"))]
    for path in (f"/share/{link}", f"/share/{link}/more", *data, *(f"/api{each}" for each in data)):
        answer = await reader.get(path, headers={"Accept": "text/html"})
        assert {name: answer.headers.get_list(name) for name in SECRET_HEADERS} == {
            name: [value] for name, value in SECRET_HEADERS.items()
        }, path
    page = await reader.get(f"/share/{link}")
    assert page.status_code == 200
    assert '<meta name="robots" content="noindex, nofollow" />' in page.text
    assert "Disallow: /\n" in (await reader.get("/robots.txt")).text


async def test_a_server_without_links_closes_them_all(closed: Stack) -> None:
    async with closed.client() as user, httpx2.AsyncClient(base_url=closed.url) as reader:
        session_id = await user.start()
        assert not (await user.http.get("/models")).json()["can_share"]
        path = f"/chat/sessions/{session_id}/shares"
        refused(await user.http.post(path, json={"kind": "live"}), 403, "share_links_off")
        assert (await user.http.get(path)).json()["shares"] == []
        refused(await reader.get(f"/shares/{UNKNOWN}"), 404, "unknown_share")


async def test_readers_do_not_become_guests(guests: Stack) -> None:
    async with httpx2.AsyncClient(base_url=guests.url) as reader:
        answer = await reader.get(f"/shares/{UNKNOWN}")
        refused(answer, 404, "unknown_share")
        assert "set-cookie" not in answer.headers


async def test_readers_need_no_token_in_jwt_mode(owner: Client, stranger: httpx2.AsyncClient) -> None:
    session_id = await owner.start()
    await owner.chat(session_id, "hello")
    made = await share(owner, session_id)
    assert (await read(stranger, made))["messages"][0]["content"] == "hello"
    answer = await stranger.get(f"/shares/{link_of(made)}", headers={"Authorization": "Bearer of.no.use"})
    assert answer.status_code == 200
    refused(await stranger.get("/me/shares"), 401, "no_identity")
