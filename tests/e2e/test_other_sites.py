"""A page of another site in a real browser tries to act as its visitor."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from playwright.async_api import BrowserContext, Page

from tests.contract.refusals import nothing_stored
from tests.support.client import Client
from tests.support.stack import Stack

TRICKS = """async ({ target, session, user }) => {
    const query = new URLSearchParams({ session_id: session, message: "words of another site", ...user });
    const refused = () => "refused";
    const send = (path, method) =>
        fetch(`${target}${path}?${query}`, { method, mode: "no-cors", credentials: "include" }).then(refused, refused);
    const loaded = (element) => new Promise((done) => {
        element.onload = element.onerror = done;
        document.body.append(element);
    });
    const image = Object.assign(new Image(), { src: `${target}/chat/stream?${query}` });
    const frame = Object.assign(document.createElement("iframe"), { src: `${target}/api/chat/stream?${query}` });
    const events = new EventSource(`${target}/chat/stream?${query}`, { withCredentials: true });
    await Promise.all([
        send("/chat/start", "POST"),
        send("/chat/stream", "GET"),
        loaded(image),
        loaded(frame),
        new Promise((done) => { events.onmessage = events.onerror = () => { events.close(); done(); }; }),
    ]);
}"""


@asynccontextmanager
async def another_site(port: int = 0) -> AsyncIterator[str]:
    """Serve an empty page under another name of this machine, which is another site to a browser."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 15\r\nConnection: close\r\n\r\n")
        writer.write(b"<!doctype html>")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", port)
    yield f"http://localhost:{server.sockets[0].getsockname()[1]}"
    server.close()


async def run_tricks(page: Page, stack: Stack, site: str, session_id: str, user: dict[str, str]) -> list[int]:
    """Run the other site's requests. Returns the statuses of the responses."""
    answers: list[int] = []
    await page.goto(site)  # ends the requests of the page before, whose responses do not count
    page.on("response", lambda response: answers.append(response.status) if stack.url in response.url else None)
    await page.evaluate(TRICKS, {"target": stack.url, "session": session_id, "user": user})
    return answers


async def test_another_site_cannot_name_a_trusted_user_id(
    stack: Stack, user: Client, session_id: str, context: BrowserContext
) -> None:
    page = await context.new_page()
    async with another_site() as site, nothing_stored(stack, user, session_id):
        answers = await run_tricks(page, stack, site, session_id, {"user_id": user.user_id})
    assert set(answers) == {403}


async def test_another_site_cannot_use_the_visitors_cookie(stack: Stack, context: BrowserContext) -> None:
    page = await context.new_page()
    await page.goto(f"{stack.url}/robots.txt")  # a page of the API without an application
    started = await page.evaluate("async () => (await fetch('/api/chat/start', { method: 'POST' })).json()")
    me = await page.evaluate("async () => (await fetch('/api/me')).json()")
    session_id = started["session_id"]
    async with stack.client(me["user_id"]) as user, another_site() as site, nothing_stored(stack, user, session_id):
        answers = await run_tricks(page, stack, site, session_id, {})
    assert set(answers) == {403}
