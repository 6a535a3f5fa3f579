"""Bad lines, several tabs and the browser's history, in Firefox and WebKit."""

import asyncio
from urllib.parse import urlsplit

from tests.browsers.page import CONNECTION, REPLY, STOP, UNSENT, has, holds, reaches, send, shows, stored
from tests.browsers.tab import Browser, Tab
from tests.support.fixtures import stack_of
from tests.support.holding_proxy import HoldingProxy
from tests.support.model_server import Exchange, Led, ModelServer, tell
from tests.support.network import relay
from tests.support.stack import Stack
from tests.support.waiting import eventually

TABS = 7

patient = stack_of(model_read_timeout="600")
"""A stack that waits for a silent model as long as it takes to open many windows on a busy machine."""


async def test_questions_sent_without_a_line_are_sent_once(stack: Stack, model: ModelServer, tab: Tab) -> None:
    for text in ("before", "during", "after"):
        model.on(text, tell(f"re {text}"))
    async with relay(urlsplit(stack.url).port or 0) as link:
        await tab.open(f"http://127.0.0.1:{link.port}")
        await send(tab, "before")
        await reaches(tab, "done")
        link.cut()
        for count, text in enumerate(("during", "after"), start=1):
            await send(tab, text)
            await has(tab, UNSENT, count)
        await shows(tab, CONNECTION)
        link.restore()
        await has(tab, UNSENT, 0)
        await shows(tab, REPLY, "re after")
        await reaches(tab, "done")
        await has(tab, CONNECTION, 0)
        assert await stored(tab) == ["before", "re before", "during", "re during", "after", "re after"]
        assert [len(model.asked(text)) for text in ("during", "after")] == [1, 1]


async def begin(tab: Tab, model: ModelServer, question: str) -> Exchange:
    """Ask in a tab. Returns the exchange of its reply, which has begun."""
    led = Led()
    model.on(question, led)
    await send(tab, question)
    exchange = await led.exchange()
    await exchange.say("one ")
    return exchange


async def test_seven_tabs_follow_and_stop_over_http_1(patient: Stack, browser: Browser) -> None:
    tabs = [await browser.new_tab() for _ in range(TABS)]
    exchanges: list[Exchange] = []
    for number, tab in enumerate(tabs):
        await tab.open(patient.url)
        exchanges.append(await begin(tab, patient.model, f"Of window {number}"))
    for tab, exchange in zip(tabs, exchanges, strict=True):
        await shows(tab, REPLY, "one")
        await exchange.say("two")
    for tab in tabs:
        await shows(tab, REPLY, "one two")
    await asyncio.gather(*(tab.click(STOP) for tab in tabs))
    for tab in tabs:
        await reaches(tab, "stopped")


async def test_one_tab_reads_for_all_and_another_goes_on(stack: Stack, model: ModelServer, browser: Browser) -> None:
    first = await browser.new_tab()
    await first.open(stack.url)
    exchange = await begin(first, model, "For all windows")
    await shows(first, REPLY, "one")
    address = await first.evaluate("() => location.href")
    tabs = [first, *[await browser.new_tab() for _ in range(2)]]
    for tab in tabs[1:]:
        await tab.open(address)
        await shows(tab, REPLY, "one")
    await exchange.say("two ")
    for tab in tabs:
        await shows(tab, REPLY, "one two")
    await first.close()
    await exchange.say("three")
    for tab in tabs[1:]:
        await shows(tab, REPLY, "one two three")
    await exchange.finish()
    for tab in tabs[1:]:
        await reaches(tab, "done")
    assert len(model.asked("For all windows")) == 1


async def test_a_proxy_that_holds_streams_back_is_noticed(stack: Stack, model: ModelServer, tab: Tab) -> None:
    async with HoldingProxy(stack.url).serve() as proxy:
        await tab.open(proxy.url)
        exchange = await begin(tab, model, "Through another proxy")
        await shows(tab, REPLY, "one")
        await exchange.say("and more")
        await shows(tab, REPLY, "one and more")
        await has(tab, CONNECTION, 0)
        await exchange.finish()
        await reaches(tab, "done")
        assert proxy.held > 0
        await tab.open("about:blank")


async def test_a_page_that_was_left_goes_on_when_it_is_back(stack: Stack, model: ModelServer, tab: Tab) -> None:
    await tab.open(stack.url)
    exchange = await begin(tab, model, "Left and back")
    await shows(tab, REPLY, "one")
    await tab.open(f"{stack.url}/favicon.svg")
    await exchange.say("two ")
    await tab.go(-1)
    await shows(tab, REPLY, "one two")
    await exchange.say("three")
    await shows(tab, REPLY, "one two three")
    await exchange.finish()
    await reaches(tab, "done")


async def test_a_page_without_open_requests_is_kept_while_it_is_left(
    stack: Stack, model: ModelServer, tab: Tab
) -> None:
    """Firefox loads a page anew that was left while a request was open, and so in mid-reply."""
    model.on("Kept by the browser", tell("all of it"))
    await tab.open(stack.url)
    await send(tab, "Kept by the browser")
    await reaches(tab, "done")

    async def is_kept() -> bool:
        await tab.evaluate("() => { window.isTheSame = true; }")
        await tab.open(f"{stack.url}/favicon.svg")
        await tab.go(-1)
        await shows(tab, REPLY, "all of it")
        return bool(await tab.evaluate("() => window.isTheSame"))

    await eventually(is_kept)
    model.on("And after that", tell("more of it"))
    await send(tab, "And after that")
    await shows(tab, REPLY, "more of it")
    await reaches(tab, "done")


async def test_back_and_forward_change_the_conversation(stack: Stack, model: ModelServer, tab: Tab) -> None:
    for text in ("The earlier one", "The later one"):
        model.on(text, tell(f"re {text}"))
    await tab.open(stack.url)
    await send(tab, "The earlier one")
    await reaches(tab, "done")
    await tab.click("[data-testid=new-chat]")
    await has(tab, REPLY, 0)
    await send(tab, "The later one")
    await reaches(tab, "done")
    await tab.evaluate("() => history.back()")
    await shows(tab, REPLY, "re The earlier one")
    await tab.evaluate("() => history.forward()")
    await shows(tab, REPLY, "re The later one")
    await holds(tab, "() => document.title.includes('The later one')")
