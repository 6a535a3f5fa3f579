"""`make page-speed`: the figures of the page, on this machine's Chromium."""

import asyncio
import sys
import tempfile
from pathlib import Path

from playwright.async_api import async_playwright

from chat.local import valkey
from tests.e2e.conftest import launch
from tests.e2e.measures import long_session, measure_reply
from tests.support.stack import run_stack


async def main(runs: int) -> None:
    with tempfile.TemporaryDirectory() as folder, valkey.running(Path(folder)) as url:
        async with run_stack(url, Path(folder), max_history_messages="0") as stack, async_playwright() as playwright:
            browser = await launch(playwright)
            for number in range(runs):
                page = await browser.new_page(viewport={"width": 1280, "height": 800}, locale="en-US")
                await page.goto(stack.url)
                session_id = await long_session(stack, page)
                await page.goto(f"{stack.url}/s/{session_id}")
                await page.locator('[data-role="assistant"]').nth(149).wait_for()
                print(await measure_reply(stack, page, f"A long one, {number}"))  # noqa: T201
                await page.close()
            await browser.close()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else 3))
