"""Pages of other origins that CORS_ORIGINS names, in a real browser: the ways of docs/other-sites.md work."""

import re
from collections.abc import AsyncIterator
from typing import Any, NamedTuple

import pytest
from playwright.async_api import BrowserContext, Page

from launcher import ports
from tests.e2e.test_other_sites import another_site
from tests.support.databases import database
from tests.support.stack import ROOT, Stack, run_stack
from tests.support.waiting import eventually

DOCUMENT = (ROOT / "docs" / "other-sites.md").read_text("utf-8")
(SAMPLE,) = re.findall(r"```js\n(.*?)```", DOCUMENT, re.DOTALL)
ASKED = "Say it to another site"
SAID = f"You said: {ASKED} "

ASK = """async (question) => {
    const events = [];
    const { session_id } = await (await call("/chat/start", { method: "POST" })).json();
    await ask(session_id, question, (event) => events.push(event));
    return events;
}"""

EVENT_SOURCE = """async ([api, question]) => {
    const started = await fetch(`${api}/chat/start`, { method: "POST", credentials: "include" });
    const { session_id } = await started.json();
    const query = new URLSearchParams({ session_id, message: question });
    const events = new EventSource(`${api}/chat/stream?${query}`, { withCredentials: true });
    return new Promise((done) => {
        let text = "";
        events.onerror = () => { events.close(); done("refused"); };
        events.onmessage = ({ data }) => {
            const event = JSON.parse(data);
            text += event.type === "chunk" ? event.content : "";
            if (event.type === "end") { events.close(); done(text); }
        };
    });
}"""


class Sites(NamedTuple):
    """Two origins of one page: of another site than the stack's, and of the same site."""

    other: str
    same: str


@pytest.fixture(scope="module")
async def sites() -> AsyncIterator[Sites]:
    port = ports.free()
    async with another_site(port):
        yield Sites(f"http://localhost:{port}", f"http://127.0.0.1:{port}")


@pytest.fixture(scope="module")
async def friendly(redis_url: str, tmp_path_factory: pytest.TempPathFactory, sites: Sites) -> AsyncIterator[Stack]:
    """A stack that both origins may call."""
    folder, origins = tmp_path_factory.mktemp("friendly"), ",".join(sites)
    async with run_stack(database(redis_url), folder, auth_mode="guest", cors_origins=origins) as stack:
        yield stack


def text_of(events: list[dict[str, Any]]) -> str:
    return "".join(event["content"] for event in events if event["type"] == "chunk")


def statuses(page: Page, stack: Stack, path: str) -> list[int]:
    """Collects the statuses of the responses to this path from now on."""
    found: list[int] = []
    page.on("response", lambda response: found.append(response.status) if path in response.url else None)
    return found


async def test_the_documents_sample_asks_from_another_site(friendly: Stack, sites: Sites, page: Page) -> None:
    await page.goto(sites.other)
    await page.add_script_tag(content=SAMPLE.replace("https://chat.example.com", friendly.url))
    events = await page.evaluate(ASK, ASKED)
    assert text_of(events) == SAID
    assert (events[0]["type"], events[-1]["type"]) == ("start", "end")


async def test_the_sample_goes_on_after_a_broken_connection(friendly: Stack, sites: Sites, page: Page) -> None:
    await page.goto(sites.other)
    await page.add_script_tag(content=SAMPLE.replace("https://chat.example.com", friendly.url))
    events = await page.evaluate(ASK, ASKED)
    turn_id = events[0]["turn_id"]
    await page.evaluate("""() => {
        const whole = window.fetch;
        window.fetch = async (url, options) => {
            window.fetch = whole;
            const response = await whole(url, options);
            const first = (await response.text()).split(/\\n(?=id:)/)[0];
            return new Response(`${first}\\n\\n`);
        };
    }""")
    again = await page.evaluate(
        "async (turn) => { const events = []; await follow(turn, (event) => events.push(event)); return events; }",
        turn_id,
    )
    assert text_of(again) == text_of(events) == SAID
    assert [event["type"] for event in again].count("start") == 1


async def test_an_event_source_of_another_site_gets_401(friendly: Stack, sites: Sites, context: BrowserContext) -> None:
    page = await context.new_page()
    await page.goto(sites.other)
    answers = statuses(page, friendly, "/chat/stream")
    assert await page.evaluate(EVENT_SOURCE, [friendly.url, ASKED]) == "refused"
    assert answers == [401]


async def test_an_event_source_of_the_same_site_works_with_the_cookie(
    friendly: Stack, sites: Sites, page: Page
) -> None:
    await page.goto(sites.same)
    assert await page.evaluate(EVENT_SOURCE, [friendly.url, ASKED]) == SAID


@pytest.mark.parametrize("site", Sites._fields)
async def test_the_page_cannot_be_shown_in_a_frame(
    friendly: Stack, sites: Sites, context: BrowserContext, site: str
) -> None:
    page = await context.new_page()
    await page.goto(getattr(sites, site))
    await page.evaluate(
        """(address) => new Promise((done) => {
        document.body.append(Object.assign(document.createElement("iframe"), { src: address, onload: done }));
    })""",
        friendly.url,
    )

    async def is_refused() -> bool:
        return page.frames[1].url == "chrome-error://chromewebdata/"

    await eventually(is_refused)
