"""`make page-speed`: what the page costs, in this machine's Chromium and against real processes."""

import asyncio
import sys
import tempfile
from pathlib import Path

from playwright.async_api import Browser, Page, async_playwright

from chat.local import valkey
from chat.local.console import say
from tests.e2e.conftest import launch
from tests.e2e.measures import MESSAGES, long_session, measure_reply, measure_start
from tests.support.stack import Stack, run_stack


async def main(runs: int) -> None:
    """Print the figures of that many runs, one line each."""
    with tempfile.TemporaryDirectory() as folder, valkey.running(Path(folder)) as url:
        async with run_stack(url, Path(folder), max_history_messages="0") as stack, async_playwright() as playwright:
            browser = await launch(playwright)
            for _ in range(runs):
                say(await _start(stack, browser))
            for number in range(runs):
                say(await _reply(stack, browser, number))
            await browser.close()


async def _start(stack: Stack, browser: Browser) -> str:
    page = await _page(browser)
    cost = await measure_start(stack, page)
    await page.context.close()
    return str(cost)


async def _reply(stack: Stack, browser: Browser, number: int) -> str:
    page = await _page(browser)
    await page.goto(stack.url)
    session_id = await long_session(stack, page)
    await page.goto(f"{stack.url}/s/{session_id}")
    await page.locator('[data-role="assistant"]').nth(MESSAGES // 2 - 1).wait_for(state="attached")
    cost = await measure_reply(stack, page, f"A long reply, number {number}")
    await page.context.close()
    return f"20 KB in 1,000 deltas into {MESSAGES} messages: {cost}"


async def _page(browser: Browser) -> Page:
    context = await browser.new_context(viewport={"width": 1280, "height": 800}, locale="en-US")
    return await context.new_page()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else 3))
