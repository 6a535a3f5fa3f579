"""A user chats in a real browser."""

from typing import Any

from playwright.async_api import Page, expect

from tests.support.model_server import Led, ModelServer
from tests.support.stack import Stack

CODE = "```python\nprint('hi')\n```\n\n"
TABLE = "| a | b |\n|---|---|\n| 1 | 2 |\n"
ANSWER = ["Hello", " from", " a **bold**", " model.\n\n", CODE, TABLE]


async def send(page: Page, text: str) -> None:
    await page.get_by_test_id("composer").fill(text)
    await page.get_by_test_id("send").click()


async def stored(page: Page) -> list[dict[str, Any]]:
    """The history of the session that the page shows, fetched by the page from the API."""
    session_id = page.url.rpartition("/s/")[2]
    read = "async (id) => (await (await fetch(`/api/chat/history?session_id=${id}`)).json()).messages"
    return list(await page.evaluate(read, session_id))


async def test_a_chat_reloaded_in_mid_reply_ends_with_the_stored_text(
    stack: Stack, model: ModelServer, page: Page
) -> None:
    led = Led()
    model.on("Say hello, browser", led)
    await page.goto(stack.url)
    await send(page, "Say hello, browser")
    exchange = await led.exchange()
    await exchange.say(*ANSWER[:2])
    reply = page.locator('[data-testid="message"][data-role="assistant"]')
    await expect(reply).to_contain_text("Hello from")

    await page.reload()
    await expect(reply).to_contain_text("Hello from")
    await exchange.say(*ANSWER[2:])
    await led.finish()

    await expect(reply).to_have_attribute("data-state", "done")
    await expect(reply.locator("strong")).to_have_text("bold")
    await expect(reply.locator("pre")).to_contain_text("print('hi')")
    await expect(reply.locator("table td").first).to_have_text("1")
    assert [message["content"] for message in await stored(page)] == ["Say hello, browser", "".join(ANSWER)]
    assert len(model.asked("Say hello, browser")) == 1


async def test_stop_keeps_what_was_shown_and_the_chat_goes_on(stack: Stack, model: ModelServer, page: Page) -> None:
    led = Led()
    model.on("Never ends", led)
    await page.goto(stack.url)
    await send(page, "Never ends")
    exchange = await led.exchange()
    await exchange.say("as far as this")
    await expect(page.get_by_text("as far as this")).to_be_visible()
    await page.get_by_test_id("stop").click()
    await expect(page.locator('[data-role="assistant"]')).to_have_attribute("data-state", "stopped")
    await exchange.gone.wait()
    await send(page, "After the stop")
    await expect(page.locator('[data-role="assistant"]').nth(1)).to_contain_text("You said: After the stop")
    assert [message["content"] for message in await stored(page)][1] == "as far as this"


async def test_the_articles_own_page_logic_works_unchanged(stack: Stack, page: Page) -> None:
    """Uses `new EventSource('/chat/stream?…')` with `onmessage`, as the article's page does."""
    await page.goto(f"{stack.url}/robots.txt")  # a page of the API without an application
    received = await page.evaluate(
        """async () => {
            const start = await fetch('/api/chat/start?user_id=article', { method: 'POST' });
            const { session_id } = await start.json();
            const asked = { user_id: 'article', session_id, message: 'plain logic', role: 'teacher' };
            const query = new URLSearchParams(asked);
            return await new Promise((resolve) => {
                const received = [];
                const source = new EventSource(`/api/chat/stream?${query}`);
                source.onmessage = (message) => {
                    const event = JSON.parse(message.data);
                    received.push(event);
                    if (event.type === 'end') { source.close(); resolve(received); }
                };
            });
        }"""
    )
    assert (received[0]["type"], received[-1]["type"]) == ("start", "end")
    chunks = [event for event in received if event["type"] == "chunk"]
    assert all(set(event) == {"type", "content"} for event in chunks)
    assert "".join(event["content"] for event in chunks) == "You said: plain logic "


async def test_a_native_event_source_that_reconnects_asks_once(stack: Stack, page: Page) -> None:
    """The source stays open after the end: the browser reconnects, and status 204 stops it."""
    await page.goto(f"{stack.url}/robots.txt")  # a page of the API without an application
    received = await page.evaluate(
        """async () => {
            const { session_id } = await (await fetch('/chat/start?user_id=native', { method: 'POST' })).json();
            const query = new URLSearchParams({ user_id: 'native', session_id, message: 'only once' });
            const source = new EventSource(`/chat/stream?${query}`);
            const types = [];
            source.onmessage = (message) => types.push(JSON.parse(message.data).type);
            await new Promise((resolve) => {
                source.onerror = () => { if (source.readyState === EventSource.CLOSED) resolve(); };
            });
            const history = await fetch(`/chat/history?user_id=native&session_id=${session_id}`);
            return { types, messages: (await history.json()).messages.map((message) => message.role) };
        }"""
    )
    assert received["types"].count("start") == received["types"].count("end") == 1
    assert received["messages"] == ["user", "assistant"]


async def test_the_documentation_works_without_the_internet(stack: Stack, page: Page) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    await page.goto(f"{stack.url}/docs")
    await expect(page.get_by_text("Ask a question and follow its reply")).to_be_visible()
    assert [url for url in asked if not url.startswith((stack.url, "data:"))] == []
