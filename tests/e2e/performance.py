"""`make page-speed`: measures the page in this machine's Chromium against real processes.

Exits with 1 if a promise does not hold. The promises are for a machine that is otherwise idle.
"""

import asyncio
import sys
import tempfile
from pathlib import Path

from playwright.async_api import Browser, Page, async_playwright

from launcher import valkey
from launcher.console import say
from tests.e2e.conftest import launch
from tests.e2e.measures import MESSAGES, ReplyCost, long_session, measure_reply, measure_start, memory_of, show_all
from tests.support.stack import Stack, run_stack

SCRIPT_SECONDS = 0.6
TASK_SECONDS = 0.1
"""Both in seconds of processor time."""
KEYSTROKE_MILLISECONDS = 250
"""The median in elapsed time."""


async def main(runs: int) -> int:
    """Print the figures of that many runs, one line each. Returns the exit code."""
    broken: list[str] = []
    with tempfile.TemporaryDirectory() as folder, valkey.running(Path(folder)) as url:
        async with run_stack(url, Path(folder), max_history_messages="0") as stack, async_playwright() as playwright:
            browser = await launch(playwright)
            for _ in range(runs):
                say(await _start(stack, browser))
            for number in range(runs):
                cost = await _reply(stack, browser, number)
                say(f"20 KB in 1,000 deltas into {MESSAGES} messages: {cost}")
                broken += _broken_promises(cost)
            await browser.close()
    say("\n".join(broken) or "All promises hold.")
    return int(bool(broken))


def _broken_promises(cost: ReplyCost) -> list[str]:
    """One sentence for each figure of the reply that exceeds its promise."""
    figures = [
        ("script", cost.script, SCRIPT_SECONDS, "s"),
        ("longest task", cost.longest_task, TASK_SECONDS, "s"),
        ("keystroke", cost.keystroke, KEYSTROKE_MILLISECONDS, "ms"),
        ("layout shift", cost.shift, 0, "in all"),
    ]
    return [f"{name}: {took:.3f} {unit}, promised {most} {unit}" for name, took, most, unit in figures if took > most]


async def _start(stack: Stack, browser: Browser) -> str:
    page = await _page(browser)
    cost = await measure_start(stack, page)
    await page.context.close()
    return str(cost)


async def _reply(stack: Stack, browser: Browser, number: int) -> ReplyCost:
    page = await _page(browser)
    await page.goto(stack.url)
    session_id = await long_session(stack, page)
    await page.goto(f"{stack.url}/s/{session_id}")
    await page.get_by_test_id("message").last.wait_for()
    newest = await memory_of(page)
    await show_all(page)
    say(f"memory with the newest messages: {newest}; with {MESSAGES}: {await memory_of(page)}")
    cost = await measure_reply(stack, page, f"A long reply, number {number}")
    await page.context.close()
    return cost


async def _page(browser: Browser) -> Page:
    context = await browser.new_context(
        viewport={"width": 1280, "height": 800}, locale="en-US", service_workers="block"
    )
    return await context.new_page()


if __name__ == "__main__":
    sys.exit(asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else 3)))
