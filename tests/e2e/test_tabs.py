"""Several tabs of one browser: seven live replies over HTTP/1.1, and one tab that reads for all that show the same."""

import asyncio

from playwright.async_api import BrowserContext, Page, expect

from tests.e2e.test_chat import send
from tests.e2e.test_versions import replies
from tests.support.model_server import Exchange, Led, ModelServer
from tests.support.stack import Stack
from tests.support.waiting import eventually

TABS = 7
HIDE = """
() => {
  Object.defineProperty(document, "visibilityState", { value: "hidden", configurable: true });
  document.dispatchEvent(new Event("visibilitychange"));
}
"""

SLOW_CLOCK = """
(() => {
  const real = performance.now.bind(performance);
  window.clockSpeed = 0.02;
  performance.now = () => real() * window.clockSpeed;
})();
"""
"""A late beat of the reading tab, on a busy machine, is no reason to take over while this clock is slow."""


async def opened(context: BrowserContext, stack: Stack, model: ModelServer, question: str) -> tuple[Page, Exchange]:
    """Ask, and open a tab that shows the reply, which has begun. Returns the tab and the exchange of the reply."""
    led = Led()
    model.on(question, led)
    request, api = context.request, f"{stack.url}/api/chat"
    session_id = (await (await request.post(f"{api}/start")).json())["session_id"]
    assert (await request.post(f"{api}/turns", data={"session_id": session_id, "message": question})).ok
    exchange = await led.exchange()
    await exchange.say("one ")
    page = await context.new_page()
    await page.goto(f"{stack.url}/s/{session_id}")
    await expect(replies(page)).to_contain_text("one")
    return page, exchange


async def asked(context: BrowserContext, stack: Stack, model: ModelServer, question: str) -> tuple[Page, Exchange]:
    """Ask in a new tab. Returns the tab and the exchange of its reply, which has begun."""
    led = Led()
    model.on(question, led)
    page = await context.new_page()
    await page.goto(stack.url)
    await send(page, question)
    exchange = await led.exchange()
    await exchange.say("one ")
    await expect(replies(page)).to_contain_text("one")
    return page, exchange


async def test_seven_tabs_over_http_1_follow_and_stop_at_once(
    stack: Stack, model: ModelServer, context: BrowserContext
) -> None:
    tabs = [await asked(context, stack, model, "Of the first tab")]
    tabs += [await opened(context, stack, model, f"Of tab {number}") for number in range(2, TABS)]
    tabs += [await asked(context, stack, model, "Of the last tab")]
    pages = [page for page, _ in tabs]
    for _, exchange in tabs:
        await exchange.say("two")
    for page in pages:
        await expect(replies(page)).to_contain_text("one two")
    await asyncio.gather(*(page.get_by_test_id("stop").click() for page in pages))
    for page in pages:
        await expect(replies(page)).to_have_attribute("data-state", "stopped")
        await page.close()


async def test_one_tab_reads_for_all_and_another_goes_on(
    stack: Stack, model: ModelServer, context: BrowserContext
) -> None:
    led = Led()
    model.on("For all tabs", led)
    first = await context.new_page()
    await first.goto(stack.url)
    await send(first, "For all tabs")
    exchange = await led.exchange()
    await exchange.say("one ")
    await expect(replies(first)).to_contain_text("one")
    tabs = [first, *[await context.new_page() for _ in range(2)]]
    streams: list[Page] = []
    for tab in tabs[1:]:
        tab.on("request", lambda request: streams.append(request.frame.page) if "ping=event" in request.url else None)
        await tab.add_init_script(SLOW_CLOCK)
        await tab.goto(first.url)
        await expect(replies(tab)).to_contain_text("one")
    await exchange.say("two ")
    for tab in tabs:
        await expect(replies(tab)).to_contain_text("two")
    assert streams == []

    await first.evaluate(HIDE)
    for tab in tabs[1:]:
        await tab.evaluate("window.clockSpeed = 1")

    async def streamed() -> bool:
        return bool(streams)

    await eventually(streamed)
    await exchange.say("three ")
    for tab in tabs:
        await expect(replies(tab)).to_contain_text("three")
    reading = streams[-1]
    await reading.close()
    tabs.remove(reading)
    await exchange.say("four")
    await led.finish()
    for tab in tabs:
        await expect(replies(tab)).to_have_attribute("data-state", "done")
        await expect(replies(tab)).to_contain_text("one two three four")
        await tab.close()
    assert len(model.asked("For all tabs")) == 1
