"""The page during and after an outage of the API."""

import asyncio
from pathlib import Path

from playwright.async_api import BrowserContext, expect

from launcher import valkey
from tests.e2e.test_chat import send, stored
from tests.support.model_server import Exchange, Led
from tests.support.processes import Process, start
from tests.support.stack import Stack, environment, ready, run_stack

OUTAGE_SECONDS = 10
WORDS = [f"word {number}, " for number in range(60)]


async def restart_api(stack: Stack) -> Process:
    """Start the API again at the same address."""
    port = stack.url.rpartition(":")[2]
    env = {**environment(stack.redis_url, stack.model.url, {}), "PORT": port}
    api = await start("api", env, stack.log)
    stack.processes.append(api)
    await ready(stack.url, stack.log)
    return api


async def say_during_outage(exchange: Exchange, words: list[str]) -> None:
    """Send the words evenly over the length of the outage."""
    for word in words:
        await exchange.say(word)
        await asyncio.sleep(OUTAGE_SECONDS / len(words))


async def test_the_page_reports_an_outage_then_shows_the_whole_reply(tmp_path: Path, context: BrowserContext) -> None:
    """The ten seconds are the outage itself, not a wait for something."""
    with valkey.running(tmp_path) as url:
        async with run_stack(url, tmp_path) as stack:
            page = await context.new_page()  # without the check of the console: requests fail
            errors: list[str] = []
            page.on("pageerror", lambda error: errors.append(str(error)))
            led = Led()
            stack.model.on("Tell it all", led)
            await page.goto(stack.url)
            await send(page, "Tell it all")
            exchange = await led.exchange()
            await exchange.say(*WORDS[:20])
            reply = page.locator('[data-role="assistant"]')
            await expect(reply).to_contain_text("word 19,")

            stack.processes[-1].kill()
            await asyncio.gather(stack.processes[-1].wait(), say_during_outage(exchange, WORDS[20:50]))
            await expect(page.get_by_test_id("connection")).to_be_visible()
            await restart_api(stack)
            await exchange.say(*WORDS[50:])
            await led.finish()

            await expect(reply).to_have_attribute("data-state", "done")
            await expect(page.get_by_test_id("connection")).to_have_count(0)
            whole = "".join(WORDS)
            assert (await reply.locator(".markdown").inner_text()).strip() == whole.strip()
            assert [message["content"] for message in await stored(page)] == ["Tell it all", whole]
            assert len(stack.model.asked("Tell it all")) == 1
            assert errors == []
            await page.close()
