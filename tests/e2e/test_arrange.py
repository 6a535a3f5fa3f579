"""Conversations are put in order, and replies acted on, in a browser."""

from playwright.async_api import Locator, Page, expect

from tests.e2e.providers import model, other_model, providers, stack
from tests.e2e.test_chat import send
from tests.e2e.test_sessions import started
from tests.e2e.test_versions import over, replies
from tests.support.model_server import ModelServer
from tests.support.stack import Stack

__all__ = ["model", "other_model", "providers", "stack"]


def rows(page: Page) -> Locator:
    return page.get_by_test_id("session")


async def act(page: Page, title: str, test_id: str) -> None:
    """Choose an item of a conversation's menu by keyboard."""
    button = rows(page).filter(has_text=title).get_by_test_id("session-menu")
    await button.focus()
    await page.keyboard.press("Enter")
    item = page.locator("[role=menu]:popover-open").get_by_test_id(test_id)
    while not await item.evaluate("item => item === document.activeElement"):
        await page.keyboard.press("ArrowDown")
    await page.keyboard.press("Enter")


async def test_the_list_is_put_in_order_by_keyboard(stack: Stack, page: Page) -> None:
    await started(page, stack, "first", "second", "third")
    await page.goto(stack.url)
    await expect(rows(page)).to_have_count(3)

    await act(page, "first", "pin")
    await expect(rows(page).first).to_contain_text("first")
    await expect(page.get_by_role("heading", name="Pinned")).to_be_visible()

    await act(page, "second", "edit-tags")
    await expect(page.get_by_test_id("tag-input")).to_be_focused()
    await page.keyboard.type("Work,")
    await page.keyboard.press("Enter")
    await page.get_by_role("button", name="Work, 1 conversation").click()
    await expect(rows(page)).to_have_count(1)
    await page.get_by_role("button", name="Work, 1 conversation").press("Enter")
    await expect(rows(page)).to_have_count(3)

    await act(page, "third", "archive")
    await expect(rows(page)).to_have_count(2)
    await page.get_by_test_id("list-options").click()
    await page.get_by_test_id("toggle-archive").click()
    await expect(rows(page)).to_have_text(["third"])
    await page.get_by_test_id("undo").click()
    await expect(page.get_by_text("The archive is empty")).to_be_visible()
    await page.get_by_test_id("leave-archive").click()
    await expect(rows(page)).to_have_count(3)

    await page.get_by_test_id("list-options").click()
    await page.get_by_test_id("select-sessions").click()
    await page.get_by_role("checkbox").nth(0).check()
    await page.get_by_role("checkbox").nth(2).click(modifiers=["Shift"])
    await expect(page.get_by_text("3 selected")).to_be_visible()
    await page.get_by_test_id("delete-selected").click()
    await expect(rows(page)).to_have_count(0)
    await page.get_by_test_id("undo").click()
    await expect(rows(page)).to_have_count(3)


async def test_a_reply_is_made_again_by_another_model_and_voted_on(
    stack: Stack, other_model: ModelServer, page: Page
) -> None:
    await page.goto(stack.url)
    await send(page, "Which model is it?")
    await over(replies(page), "You said: Which model is it?")
    await page.get_by_test_id("regenerate-with").click()
    await page.get_by_role("menuitemradio", name="Sage 8B", exact=True).click()
    await expect(page.get_by_test_id("written-by")).to_have_text("Sage 8B")
    assert len(other_model.asked("Which model is it?")) == 1

    await page.get_by_test_id("vote-down").click()
    await page.get_by_test_id("vote-text").fill("It only repeats me.")
    await page.keyboard.press("Enter")
    await expect(page.get_by_test_id("vote-down")).to_be_focused()
    await page.reload()
    await expect(page.get_by_test_id("vote-down")).to_have_attribute("aria-pressed", "true")
    await page.get_by_test_id("previous-version").click()
    await expect(page.get_by_test_id("written-by")).to_have_text("Lumen 3")
    await expect(page.get_by_test_id("vote-down")).to_have_attribute("aria-pressed", "false")
