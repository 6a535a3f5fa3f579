"""What a long reply into a long session costs the page."""

from playwright.async_api import Page

from tests.e2e.measures import MESSAGES, long_session, measure_reply
from tests.support.stack import Stack

SCRIPT_SECONDS = 0.6
TASK_SECONDS = 0.1
KEYSTROKE_MILLISECONDS = 250
"""The median, by the clock: what else runs on the machine counts, so it is several times what it takes alone."""


async def test_a_long_reply_into_a_long_session_leaves_the_page_free(stack: Stack, page: Page) -> None:
    """Counted in processor time, as a busy machine makes every task look long."""
    await page.goto(stack.url)
    session_id = await long_session(stack, page)
    await page.goto(f"{stack.url}/s/{session_id}")
    await page.locator('[data-role="assistant"]').nth(MESSAGES // 2 - 1).wait_for(state="attached")
    cost = await measure_reply(stack, page, "A long reply, please", pause=0.01)
    assert cost.script <= SCRIPT_SECONDS, cost
    assert len(cost.tasks) > 100, cost
    assert cost.longest_task <= TASK_SECONDS, cost
    assert cost.keystroke <= KEYSTROKE_MILLISECONDS, cost
