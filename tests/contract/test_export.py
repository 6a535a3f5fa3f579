"""A user's sessions can be downloaded, as JSON and as Markdown, by no other user, and a broken download is noticed."""

import asyncio
import json
from typing import Any
from urllib.parse import unquote, urlsplit

import httpx2
import pytest

from chat import keys
from tests.contract.refusals import refused
from tests.support.client import Client
from tests.support.foreign_exports import encoded, own, own_file, own_message
from tests.support.model_server import Led
from tests.support.stack import Stack

FORMATS = pytest.mark.parametrize("form", ["json", "markdown"])


async def branched(user: Client, question: str = "why?") -> str:
    """Returns a session with an edited question and a regenerated reply."""
    session_id = await user.start()
    await user.chat(session_id, question)
    first, reply = await user.history(session_id)
    await user.follow(await user.ask(session_id, replace_from=reply["id"]))
    await user.chat(session_id, "edited", replace_from=first["id"])
    return session_id


async def test_a_session_is_exported_with_all_its_branches(user: Client) -> None:
    session_id = await branched(user)
    title = "关于 “queues”/é"
    await user.http.patch(f"/chat/sessions/{session_id}", json={"title": title})
    response = await user.http.get(f"/chat/sessions/{session_id}/export")
    assert response.status_code == 200
    file = response.json()
    assert (file["format"], file["version"], file["total"]) == ("holdfast", 1, {"sessions": 1, "messages": 5})
    (session,) = file["sessions"]
    shown = await user.history(session_id)
    assert (session["session_id"], session["title"], session["leaf"]) == (session_id, title, shown[-1]["id"])
    texts = [message["content"] for message in session["messages"]]
    assert texts == ["why?", "You said: why? ", "You said: why? ", "edited", "You said: edited "]
    for message in shown:
        message.pop("versions")
        assert message in session["messages"]
    headers = response.headers
    assert (headers["export-sessions"], headers["export-messages"]) == ("1", "5")
    assert (headers["content-type"], headers["cache-control"]) == ("application/json", "no-store")
    name = unquote(headers["content-disposition"].partition("filename*=UTF-8''")[2])
    assert name == "holdfast 关于 “queues” é.json"


async def test_a_session_is_exported_as_markdown(user: Client) -> None:
    session_id = await branched(user, "*why?*")
    response = await user.http.get(f"/chat/sessions/{session_id}/export", params={"format": "markdown"})
    assert response.headers["content-type"] == "text/markdown; charset=utf-8"
    assert ".md" in response.headers["content-disposition"]
    shown, _, others = response.text.partition("## Other versions")
    assert "edited" in shown
    assert "*why?*" not in shown.partition("### 1.")[2]
    assert others.count("You said: *why?*") == 2
    assert others.endswith("End of the export.\n")


async def test_all_sessions_are_exported_newest_first(user: Client) -> None:
    ids = [await user.start() for _ in range(3)]
    await user.chat(ids[0], "hello")
    response = await user.http.get("/me/export")
    file = response.json()
    assert [each["session_id"] for each in file["sessions"]] == [ids[0], ids[2], ids[1]]
    assert file["total"] == {"sessions": 3, "messages": 2}
    text = (await user.http.get("/me/export", params={"format": "markdown"})).text
    assert text.count("\n# ") == 3


async def test_a_user_without_sessions_gets_an_empty_file(user: Client) -> None:
    assert (await user.http.get("/me/export")).json()["sessions"] == []


@FORMATS
async def test_another_users_session_is_not_exported(stack: Stack, user: Client, form: str) -> None:
    session_id = await branched(user)
    async with stack.client() as stranger:
        path = f"/chat/sessions/{session_id}/export"
        refused(await stranger.http.get(path, params={"format": form}), 404, "unknown_session")
        assert session_id not in (await stranger.http.get("/me/export", params={"format": form})).text


async def test_an_unknown_format_is_refused(user: Client) -> None:
    refused(await user.http.get("/me/export", params={"format": "pdf"}), 422, "invalid_request")


async def test_a_running_reply_does_not_hinder_an_export(
    user: Client, session_id: str, led: Led, question: str
) -> None:
    await user.chat(session_id, "before")
    await user.ask(session_id, question)
    exchange = await led.exchange()
    await exchange.say("half ")
    (session,) = (await user.http.get(f"/chat/sessions/{session_id}/export")).json()["sessions"]
    assert [each["content"] for each in session["messages"]] == ["before", "You said: before ", question]
    assert session["leaf"] == session["messages"][-1]["id"]


async def test_a_download_that_breaks_off_is_an_error(stack: Stack, user: Client) -> None:
    """The store fails at the second session, after the first one was sent."""
    file = own_file(own(own_message("a", None, "user", "x")), own(own_message("a", None, "user", "y"), updated_at=1.0))
    await user.http.post("/me/import", content=encoded(file))
    (_, older) = (await user.http.get("/chat/sessions")).json()["sessions"]
    order = keys.order(older["session_id"])
    await stack.store.delete(order)
    await stack.store.set(order, "not a list")
    with pytest.raises(httpx2.RemoteProtocolError):
        await user.http.get("/me/export")
    await stack.store.delete(order)


async def test_a_client_that_leaves_ends_its_download(stack: Stack, user: Client) -> None:
    large = [own(*(own_message(f"m{index}", None, "user", "x" * 20_000) for index in range(200))) for _ in range(3)]
    await user.http.post("/me/import", content=encoded(own_file(*large)))
    address = urlsplit(stack.url)
    reader, writer = await asyncio.open_connection(address.hostname, address.port)
    writer.write(f"GET /me/export?user_id={user.user_id} HTTP/1.1\r\nHost: {address.netloc}\r\n\r\n".encode())
    await reader.readexactly(1000)
    writer.close()
    file: dict[str, Any] = json.loads((await user.http.get("/me/export")).content)
    assert [len(each["messages"]) for each in file["sessions"]] == [200, 200, 200]
