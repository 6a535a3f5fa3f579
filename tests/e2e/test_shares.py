"""A conversation is shared by a link, and read by people without an identity."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from playwright.async_api import Browser, BrowserContext, Locator, Page, expect

from tests.e2e.attachments import landscape
from tests.e2e.axe import violations
from tests.e2e.devices import look_again
from tests.e2e.providers import model, providers, stack
from tests.e2e.test_arrange import act
from tests.e2e.test_chat import send
from tests.e2e.test_versions import over, replies
from tests.support.model_server import Led, ModelServer, tell
from tests.support.stack import Stack

__all__ = ["model", "providers", "stack"]

QUESTION = "How do I greet?"
ANSWER = "Like **this**:\n\n```python\nprint('hi')\n```\n"


@pytest.fixture
async def visitor(browser: Browser) -> AsyncIterator[BrowserContext]:
    """Another browser, on a phone, without an identity."""
    viewport = {"width": 390, "height": 844}
    settings: dict[str, Any] = {"viewport": viewport, "reduced_motion": "reduce", "service_workers": "block"}
    context = await browser.new_context(locale="zh-CN", **settings)
    yield context
    await context.close()


def messages(page: Page) -> Locator:
    return page.get_by_test_id("message")


async def make(page: Page, kind: str) -> str:
    """Makes a link in the open dialog. Returns its address."""
    before = await page.get_by_test_id("share-row").count()
    await page.get_by_test_id("share-kind").get_by_text(kind, exact=True).click()
    await page.get_by_test_id("create-share").click()
    await expect(page.get_by_test_id("share-row")).to_have_count(before + 1)
    await expect(page.get_by_test_id("copy-share")).to_be_focused()
    return await page.get_by_test_id("share-address").input_value()


async def test_a_conversation_is_shared_and_the_link_revoked(
    stack: Stack, model: ModelServer, page: Page, visitor: BrowserContext
) -> None:
    model.on(QUESTION, tell(ANSWER))
    await page.goto(stack.url)
    await page.get_by_test_id("files").set_input_files([landscape("noon.jpg")])
    await expect(page.locator("[data-testid=draft-file][data-phase=ready]")).to_have_count(1)
    await send(page, QUESTION)
    await over(replies(page), "Like this:")
    await act(page, QUESTION, "share")
    frozen = await make(page, "As it is now")
    live = await make(page, "Live")
    assert frozen != live
    assert await violations(page) == []

    reader = await visitor.new_page()
    await reader.goto(frozen)
    await expect(reader.get_by_role("heading", level=1)).to_have_text(QUESTION)
    await expect(reader.get_by_test_id("shared-kind")).to_contain_text("的内容")
    await expect(messages(reader).first.get_by_alt_text("noon.jpg")).to_be_visible()
    await expect(messages(reader).last.locator("strong")).to_have_text("this")
    await expect(messages(reader).last.locator("pre")).to_contain_text("print('hi')")
    await messages(reader).first.get_by_test_id("picture").click()
    await expect(reader.get_by_test_id("viewer").get_by_alt_text("noon.jpg")).to_be_visible()
    await reader.keyboard.press("Escape")
    await reader.emulate_media(color_scheme="dark")
    assert await violations(reader) == []
    assert await visitor.cookies() == []

    await reader.goto(live)
    await expect(messages(reader)).to_have_count(2)
    await page.get_by_test_id("close-share").click()
    led = Led()
    model.on("And then?", led)
    await send(page, "And then?")
    exchange = await led.exchange()
    await exchange.say("Wave.")
    await expect(replies(page).last).to_contain_text("Wave.")
    await look_again(reader)
    await expect(messages(reader)).to_have_count(3)
    await expect(reader.get_by_test_id("shared-running")).to_be_visible()
    await led.finish()
    await over(replies(page).last, "Wave.")
    await look_again(reader)
    await expect(messages(reader).last).to_contain_text("Wave.")

    await page.goto(f"{page.url}#settings/data")
    row = page.get_by_test_id("shares-part").get_by_test_id("share-row")
    await expect(row).to_have_count(2)
    await row.filter(has_text="Live").get_by_test_id("revoke-share").click()
    await page.get_by_test_id("confirm-revoke").click()
    await expect(page.get_by_test_id("confirm-revoke")).to_have_count(0)
    await expect(row).to_have_count(1)
    await look_again(reader)
    await expect(reader.get_by_test_id("shared-gone")).to_be_visible()
    await expect(messages(reader)).to_have_count(0)
    assert await violations(reader) == []
