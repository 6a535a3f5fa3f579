"""Versions of questions and replies: switching, writing another one, deleting."""

import asyncio

from playwright.async_api import BrowserContext, Locator, Page, Route, expect

from tests.e2e.conversations import dialogue, keep, version
from tests.e2e.devices import look_again
from tests.e2e.test_chat import send, stored
from tests.e2e.test_earlier_messages import settle, top_of
from tests.e2e.test_keyboard import has_visible_focus, tab_to
from tests.support.model_server import ModelServer, tell
from tests.support.stack import Stack

LONG = [f"Paragraph {number}.\n\n" for number in range(40)]

BUSY = "() => void setTimeout(() => { const end = Date.now() + 500; while (Date.now() < end); })"
"""Has the page handle the keys of the next half second one after the other, with nothing in between."""


def replies(page: Page) -> Locator:
    return page.locator('[data-testid="message"][data-role="assistant"]')


def questions(page: Page) -> Locator:
    return page.locator('[data-testid="message"][data-role="user"]')


async def ask(page: Page, text: str, answer: str) -> None:
    """Ask, and wait for the stored reply."""
    before = await replies(page).count()
    await send(page, text)
    await over(replies(page).nth(before), answer)


async def over(reply: Locator, text: str) -> None:
    await expect(reply).to_contain_text(text)
    await expect(reply).to_have_attribute("data-state", "done")
    await expect(reply.get_by_test_id("facts")).to_be_attached()  # stored


async def only(page: Page, text: str) -> None:
    """Wait until this is the only reply."""
    await expect(replies(page)).to_have_count(1)
    await over(replies(page), text)


async def regenerate(reply: Locator) -> None:
    await reply.hover()
    await reply.get_by_test_id("regenerate").click()


async def edit(page: Page, question: Locator, text: str) -> None:
    await question.hover()
    await question.get_by_test_id("edit").click()
    await page.get_by_test_id("edit-text").fill(text)
    await page.get_by_test_id("resend").click()


async def test_arrows_show_other_replies_and_the_choice_is_stored(stack: Stack, model: ModelServer, page: Page) -> None:
    model.on("Which?", tell("the first"), tell("the second"))
    model.on("Go on", tell("after the first"))
    await page.goto(stack.url)
    await ask(page, "Which?", "the first")
    await expect(page.get_by_test_id("versions")).to_have_count(0)
    await regenerate(replies(page))
    await only(page, "the second")
    switch = replies(page).get_by_role("group", name="Version 2 of 2")
    await expect(switch).to_have_text("2 / 2")
    await expect(replies(page).get_by_test_id("next-version")).to_have_attribute("aria-disabled", "true")

    await switch.get_by_role("button", name="Previous version").click()
    await only(page, "the first")
    await expect(page.get_by_test_id("announcer")).to_have_text("Version 1 of 2 is shown")
    await page.reload()
    await only(page, "the first")
    assert [message["content"] for message in await stored(page)] == ["Which?", "the first"]

    await page.set_viewport_size({"width": 390, "height": 800})
    for button in ("next-version", "copy", "regenerate", "facts"):
        await expect(replies(page).get_by_test_id(button)).to_be_in_viewport(ratio=1)
    await page.set_viewport_size({"width": 1280, "height": 800})

    # the conversation goes on from the version that is shown
    await ask(page, "Go on", "after the first")
    await page.get_by_test_id("next-version").click()
    await only(page, "the second")
    await expect(questions(page)).to_have_count(1)
    await page.get_by_test_id("previous-version").click()
    await over(replies(page).last, "after the first")


async def test_a_switch_keeps_the_place_and_the_focus(stack: Stack, page: Page) -> None:
    above = dialogue("Above", "".join(LONG), "At length", "".join(["Begin.\n\n", *LONG, "End of one."]))
    await page.goto(await keep(page, stack, [*above, version(5, 2, "Short.")]))
    reply, arrow = replies(page).last, page.get_by_test_id("previous-version")
    await over(reply, "Short.")
    await settle(page)
    top = await top_of(reply)
    await arrow.focus()

    await page.keyboard.press("Enter")
    await over(reply, "End of one.")
    await settle(page)
    assert abs(await top_of(reply) - top) < 2
    await expect(arrow).to_be_focused()
    await expect(arrow).to_have_attribute("aria-disabled", "true")
    await page.keyboard.press("Enter")  # at the end nothing happens
    await expect(arrow).to_be_focused()

    # to a short one, which leaves nothing to scroll
    await page.keyboard.press("Tab")
    await expect(page.get_by_test_id("next-version")).to_be_focused()
    await reply.evaluate("(row) => row.scrollIntoView({ block: 'start' })")
    top = await top_of(reply)
    await page.keyboard.press("Enter")
    await over(reply, "Short.")
    await settle(page)
    assert abs(await top_of(reply) - top) < 2
    await expect(page.get_by_test_id("next-version")).to_be_focused()

    # back by the arrows below the long one, when its beginning is out of sight
    await page.get_by_test_id("previous-version").click()
    await over(reply, "End of one.")
    await page.get_by_test_id("to-bottom").click()
    await expect(page.get_by_text("End of one.")).to_be_in_viewport()
    below = await top_of(page.get_by_test_id("next-version"))
    await page.get_by_test_id("next-version").click()
    await over(reply, "Short.")
    await settle(page)
    assert abs(await top_of(page.get_by_test_id("next-version")) - below) < 2


async def test_versions_work_by_keyboard_with_a_visible_focus(stack: Stack, page: Page) -> None:
    other = [version(2, None, "Other words"), version(3, 2, "two")]
    await page.goto(await keep(page, stack, [*dialogue("First words", "one"), *other]))
    await only(page, "two")
    await expect(questions(page).get_by_test_id("versions")).to_have_text("2 / 2")
    await tab_to(page, page.get_by_test_id("previous-version"), "Shift+Tab")
    await page.keyboard.press("Space")
    await expect(questions(page)).to_contain_text("First words")
    await only(page, "one")
    await expect(page.get_by_test_id("previous-version")).to_be_focused()
    assert await has_visible_focus(page)
    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    await only(page, "two")
    await expect(page.get_by_test_id("next-version")).to_be_focused()
    outline = "() => getComputedStyle(document.activeElement).outlineStyle"
    assert await page.evaluate(outline) == "solid"


async def test_tabs_and_devices_follow_a_switch_unless_refused(
    stack: Stack, model: ModelServer, page: Page, context: BrowserContext, device: Page
) -> None:
    model.on("For all", tell("new"))
    await page.goto(await keep(page, stack, dialogue("For all", "old")))
    tab = await context.new_page()  # without the check of the console: it gets an error
    await tab.goto(page.url)
    await only(tab, "old")
    await regenerate(replies(page))
    await only(page, "new")
    await only(tab, "new")
    await device.context.add_cookies(await context.cookies())  # type: ignore[arg-type]
    await device.goto(page.url)
    await only(device, "new")
    await page.get_by_test_id("previous-version").click()
    await only(page, "old")
    await only(tab, "old")
    await expect(tab.get_by_test_id("versions")).to_have_text("1 / 2")
    await look_again(device)
    await only(device, "old")

    refusal = {"status": 409, "json": {"code": "turn_running", "detail": ""}}
    await tab.route("**/api/chat/sessions/*", lambda route: route.fulfill(**refusal))
    await tab.get_by_test_id("next-version").click()
    await expect(tab.get_by_test_id("notice")).to_contain_text("The other version could not be shown.")
    await expect(tab.get_by_test_id("send-again")).to_have_count(0)
    await only(tab, "old")
    await expect(tab.get_by_test_id("next-version")).to_be_focused()


async def test_an_edit_keeps_what_follows_until_it_is_accepted(stack: Stack, model: ModelServer, page: Page) -> None:
    model.on("Other words", tell("three"))
    await page.goto(await keep(page, stack, dialogue("First words", "one", "What follows", "two")))
    held = asyncio.Queue[Route]()
    await page.route("**/api/chat/turns", held.put)
    await edit(page, questions(page).first, "Other words")
    route = await held.get()
    await expect(questions(page).first).to_contain_text("Other words")
    await expect(questions(page).first).to_have_attribute("data-state", "sending")
    await over(replies(page).last, "two")
    await route.continue_()
    await only(page, "three")
    await expect(questions(page)).to_have_count(1)
    await expect(questions(page).get_by_test_id("versions")).to_have_text("2 / 2")
    await questions(page).get_by_test_id("previous-version").click()
    await over(replies(page).last, "two")
    await expect(questions(page).first).to_contain_text("First words")


async def test_a_deletion_asks_first_and_keeps_other_versions(stack: Stack, page: Page) -> None:
    kept, goes = dialogue("Keep", "one"), [version(4, 3, "Goes"), version(5, 4, "with it")]
    await page.goto(await keep(page, stack, [*kept, version(3, 0, "two"), *goes]))
    await over(replies(page).last, "with it")
    await replies(page).first.hover()
    remove = replies(page).first.get_by_test_id("remove")
    await remove.click()
    dialog = page.get_by_role("dialog", name="Delete this reply and everything after it?")
    await expect(dialog).to_contain_text("Other versions of this reply stay")
    await page.keyboard.press("Escape")
    await expect(remove).to_be_focused()
    await page.evaluate(BUSY)
    keys = ("Enter", "Escape", "Enter", "Enter", "Enter")  # open, close, open, cancel, open: all while the page is busy
    await asyncio.gather(*(page.keyboard.press(key) for key in keys))
    await expect(dialog.get_by_role("button", name="Cancel")).to_be_focused()
    await expect(replies(page)).to_have_count(2)
    await page.get_by_test_id("confirm").click()
    await only(page, "one")
    await expect(page.get_by_test_id("versions")).to_have_count(0)
    await expect(page.get_by_test_id("announcer")).to_have_text("The reply and what followed are deleted")
    await expect(replies(page).get_by_test_id("remove")).to_be_focused()

    # the last version, and then all
    await expect(page.get_by_role("dialog")).to_have_count(0)  # the last one is closed
    await page.keyboard.press("Enter")
    await page.get_by_test_id("confirm").click()
    await expect(replies(page)).to_contain_text("There is no reply to this message")
    await expect(questions(page).get_by_test_id("remove")).to_be_focused()
    await expect(page.get_by_role("dialog")).to_have_count(0)  # the last one is closed
    await page.keyboard.press("Enter")
    await page.get_by_test_id("confirm").click()
    await expect(page.get_by_test_id("example").first).to_be_visible()
    await expect(page.get_by_test_id("composer")).to_be_focused()
    assert await stored(page) == []
