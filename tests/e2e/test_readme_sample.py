"""The READMEs' EventSource sample, as printed, in a real browser: it shows each reply once and whole."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from playwright.async_api import BrowserContext, Page

from tests.chaos.deployment import Deployment, kill, open_deployment
from tests.documents import blocks
from tests.documents.blocks import Block
from tests.support.model_server import Led, break_off, tell

DOCUMENTS = ("README.md", "README.zh-CN.md")
SAMPLES = [
    block for document in DOCUMENTS for block in blocks.with_way("by", document=document) if block.language == "js"
]
REPLY = "Redis is a store."
START = "async () => (await (await fetch('/api/chat/start', { method: 'POST' })).json()).session_id"
RUN = """([id, text, sample]) => {
    window.shown = [];
    window.reported = [];
    const show = (reply) => window.shown.push(reply);
    const report = (problem) => window.reported.push(problem);
    window.source = new Function("id", "text", "show", "report", `${sample}; return events;`)(id, text, show, report);
}"""
CLOSED = "() => window.source.readyState === EventSource.CLOSED"


@pytest.fixture(scope="module")
async def deployment(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Deployment]:
    async with open_deployment(tmp_path_factory.mktemp("sample") / "deployment", apis=1, workers=1) as running:
        yield running


async def run(page: Page, deployment: Deployment, question: str, session_id: str = "") -> None:
    """Run the English sample in a page of the API: it asks the question in a new session."""
    await run_sample(page, deployment, SAMPLES[0], question, session_id)


async def run_sample(page: Page, deployment: Deployment, sample: Block, question: str, session_id: str = "") -> None:
    await page.goto(f"{deployment.api_urls[0]}/robots.txt")  # a page of the API without an application
    chosen = session_id or await page.evaluate(START)
    await page.evaluate(RUN, [chosen, question, sample.code])


async def shows(page: Page, text: str) -> None:
    """Wait until the sample shows exactly this."""
    await page.wait_for_function("(text) => window.shown.at(-1) === text", arg=text)


async def outcome(page: Page) -> dict[str, Any]:
    """Wait until the sample has closed its stream. Returns what it showed and reported."""
    await page.wait_for_function(CLOSED)
    found: dict[str, Any] = await page.evaluate("() => ({ shown: window.shown, reported: window.reported })")
    return found


@pytest.mark.parametrize("sample", SAMPLES, ids=DOCUMENTS)
async def test_a_worker_killed_in_mid_reply_doubles_nothing(deployment: Deployment, page: Page, sample: Block) -> None:
    question, led = f"Killed: {sample.document}", Led()
    deployment.model.on(question, led, tell(*REPLY.split(" ")[:1], REPLY[5:]))
    await run_sample(page, deployment, sample, question)
    await (await led.exchange()).say(REPLY[:10])
    await shows(page, REPLY[:10])
    await kill(deployment.workers.pop())
    await deployment.start_worker()
    found = await outcome(page)
    assert found["reported"] == []
    assert found["shown"][-1] == REPLY
    assert "" in found["shown"][1:], "no restart was shown"
    assert [text for text in found["shown"] if not REPLY.startswith(text)] == []


async def test_an_api_killed_in_mid_reply_loses_nothing(deployment: Deployment, context: BrowserContext) -> None:
    page = await context.new_page()  # its console has the broken connection
    question, led = "The API goes", Led()
    deployment.model.on(question, led)
    await run(page, deployment, question)
    exchange = await led.exchange()
    await exchange.say(REPLY[:10])
    await shows(page, REPLY[:10])
    (port,) = deployment.apis
    await kill(deployment.apis[port])
    await deployment.start_api(port)
    await exchange.say(REPLY[10:])
    await led.finish()
    found = await outcome(page)
    assert (found["shown"][-1], found["reported"]) == (REPLY, [])
    assert len(deployment.model.asked(question)) == 1


async def test_a_failed_reply_is_reported_and_its_text_stays(deployment: Deployment, page: Page) -> None:
    deployment.model.on("It breaks off", break_off(REPLY[:10], drop=True))
    await run(page, deployment, "It breaks off")
    found = await outcome(page)
    assert found["shown"][-1] == REPLY[:10]
    assert len(found["reported"]) == 1


async def test_a_refusal_is_reported(deployment: Deployment, context: BrowserContext) -> None:
    page = await context.new_page()  # its console has the status
    await run(page, deployment, "Anything", "5f0c1d3e-8a4b-4c7d-9e2f-1a2b3c4d5e6f")
    assert await outcome(page) == {"shown": [], "reported": ["The server refused."]}
