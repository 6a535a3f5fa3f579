"""A reply arrives whole and once in Firefox and WebKit, whatever is reloaded or killed."""

from pathlib import Path

from tests.browsers.page import CONNECTION, MARKDOWN, REPLY, has, reaches, send, shows, stored, texts
from tests.browsers.tab import Browser, Tab
from tests.e2e.test_outage import restart_api
from tests.support.databases import database
from tests.support.model_server import Led, ModelServer, tell
from tests.support.processes import start
from tests.support.stack import Stack, run_stack

PIECES = ["# A title\n\n", "Words **with** emphasis.\n\n", "- one\n- two\n\n", "```python\nprint('hi')\n```\n"]
WORDS = [f"word {number}, " for number in range(60)]


async def test_a_first_visit_shows_a_reply_as_it_is_written(stack: Stack, model: ModelServer, tab: Tab) -> None:
    led = Led()
    model.on("A first question", led)
    await tab.open(stack.url)
    await shows(tab, "[data-testid=example]")
    await send(tab, "A first question")
    exchange = await led.exchange()
    for piece, word in zip(PIECES, ("A title", "emphasis", "two", "print"), strict=True):
        await exchange.say(piece)
        await shows(tab, REPLY, word)
    await led.finish()
    await reaches(tab, "done")
    await shows(tab, f"{REPLY} h1, {REPLY} h2", "A title")
    await shows(tab, f"{REPLY} strong", "with")
    await shows(tab, f"{REPLY} .hljs-string", "'hi'")
    assert await stored(tab) == ["A first question", "".join(PIECES)]


async def test_a_page_reloaded_in_mid_reply_shows_what_is_stored(stack: Stack, model: ModelServer, tab: Tab) -> None:
    led = Led()
    model.on("Reload me", led)
    await tab.open(stack.url)
    await send(tab, "Reload me")
    exchange = await led.exchange()
    await exchange.say(*WORDS[:20])
    await shows(tab, REPLY, "word 19,")
    await tab.reload()
    await shows(tab, REPLY, "word 19,")
    await exchange.say(*WORDS[20:])
    await led.finish()
    await reaches(tab, "done")
    assert await texts(tab, MARKDOWN) == ["".join(WORDS).strip()]
    assert await stored(tab) == ["Reload me", "".join(WORDS)]
    assert len(model.asked("Reload me")) == 1


async def test_a_reply_is_whole_after_the_api_was_killed(redis_url: str, tmp_path: Path, browser: Browser) -> None:
    async with run_stack(database(redis_url), tmp_path) as stack:
        tab = await browser.new_tab()
        led = Led()
        stack.model.on("Tell it all", led)
        await tab.open(stack.url)
        await send(tab, "Tell it all")
        exchange = await led.exchange()
        await exchange.say(*WORDS[:20])
        await shows(tab, REPLY, "word 19,")
        stack.processes[-1].kill()
        await stack.processes[-1].wait()
        await exchange.say(*WORDS[20:40])
        await shows(tab, CONNECTION)
        await restart_api(stack)
        await exchange.say(*WORDS[40:])
        await led.finish()
        await reaches(tab, "done")
        await has(tab, CONNECTION, 0)
        assert await texts(tab, MARKDOWN) == ["".join(WORDS).strip()]
        assert await stored(tab) == ["Tell it all", "".join(WORDS)]
        assert len(stack.model.asked("Tell it all")) == 1


async def test_a_reply_is_made_again_after_its_worker_was_killed(
    redis_url: str, tmp_path: Path, browser: Browser
) -> None:
    async with run_stack(database(redis_url), tmp_path, lease_seconds="1") as stack:
        tab = await browser.new_tab()
        led = Led()
        stack.model.on("Kill the worker", led, tell(*WORDS))
        await tab.open(stack.url)
        await send(tab, "Kill the worker")
        await (await led.exchange()).say("half of ", "something else")
        await shows(tab, REPLY, "something else")
        worker = stack.processes[0]
        worker.kill()
        await worker.wait()
        stack.processes.append(await start("worker", stack.environment, stack.log))
        await reaches(tab, "done")
        assert await texts(tab, MARKDOWN) == ["".join(WORDS).strip()]
        assert await stored(tab) == ["Kill the worker", "".join(WORDS)]
