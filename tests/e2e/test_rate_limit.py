"""The page at a limit of requests. In a file of its own, because the limit is for half a minute."""

import asyncio

from playwright.async_api import BrowserContext, expect

from tests.e2e.test_chat import send
from tests.support.fixtures import stack_of
from tests.support.stack import Stack
from tests.support.waiting import PATIENCE

limited = stack_of(workers=0, auth_mode="guest", rate_limit_user="60 per 30 seconds")


async def test_a_limit_is_explained_and_the_page_goes_on_by_itself(limited: Stack, context: BrowserContext) -> None:
    page = await context.new_page()
    await page.goto(limited.url)
    await send(page, "Known")
    await page.wait_for_url("**/s/*")
    question = page.locator('[data-role="user"]')
    async with page.expect_response("**/api/chat/history*"):
        await page.reload()  # so that the page has read what it has sent
    await expect(question).to_contain_text("Known")
    answers = await asyncio.gather(*(page.request.get(f"{limited.url}/api/me") for _ in range(60)))
    assert 429 in {answer.status for answer in answers}
    await page.reload()
    shown = page.get_by_test_id("connection")
    await expect(shown).to_contain_text("Too many requests. Trying again in")
    await expect(question).to_contain_text("Known")
    await expect(shown).to_have_count(0, timeout=3 * PATIENCE * 1000)
    await page.close()
