"""The search in messages: what it finds, and where it leads."""

import asyncio
import contextlib

from playwright.async_api import Error, Locator, Page, Route, expect

from tests.e2e.conversations import dialogue, keep
from tests.e2e.test_chat import send
from tests.e2e.test_earlier_messages import TOTAL, messages, open_at_newest, session, unlimited
from tests.e2e.test_keyboard import has_visible_focus
from tests.e2e.test_sessions import call
from tests.e2e.test_versions import BUSY
from tests.support.model_server import Led, ModelServer, tell
from tests.support.stack import Stack

__all__ = ["session", "unlimited"]

HOSTILE = "<img src=x onerror=alert(1)> **bold** pelican"


def found(page: Page) -> Locator:
    return page.get_by_test_id("found")


async def search(page: Page, text: str) -> None:
    await page.get_by_test_id("search").fill(text)


def message(page: Page, number: int) -> Locator:
    return messages(page).filter(has_text=f"number {number}").first


async def edit(page: Page, number: int, text: str) -> None:
    """Edit a question of the newest page, which begins another branch."""
    question = message(page, number)
    await question.hover()
    await question.get_by_test_id("edit").click()
    await page.get_by_test_id("edit-text").fill(text)
    await page.get_by_test_id("resend").click()
    await expect(messages(page).last).to_have_attribute("data-state", "done")
    await expect(messages(page).last.get_by_test_id("facts")).to_be_attached()


async def test_a_word_of_an_old_message_leads_to_it_and_on(page: Page, session: str) -> None:
    await open_at_newest(page, session)
    await search(page, "number 75")
    await expect(found(page)).to_have_count(1)
    await expect(found(page).locator("mark").last).to_have_text("75")
    await found(page).get_by_role("link").click()
    await expect(message(page, 75)).to_be_in_viewport()
    await expect(message(page, 75)).to_be_focused()
    await expect(message(page, 75)).to_have_attribute("data-found", "")
    await expect(message(page, 75)).not_to_have_attribute("data-found", "")
    await expect(page.get_by_test_id("to-bottom")).to_be_visible()

    # a question that is sent from there is the newest
    await send(page, "After all that")
    await expect(messages(page).last).to_contain_text("You said: After all that")
    await expect(messages(page).last).to_be_in_viewport()
    await expect(page.get_by_test_id("later")).to_have_count(0)
    await expect(message(page, TOTAL - 1)).to_be_attached()


async def test_what_is_before_and_after_a_found_message_is_loaded(page: Page, session: str) -> None:
    await open_at_newest(page, session)
    await search(page, "number 60")
    await found(page).get_by_role("link").click()
    await expect(message(page, 60)).to_be_in_viewport()
    box, later = page.locator(".scroller"), page.get_by_test_id("later")
    while await later.count():
        await box.evaluate("(box) => box.scrollTo(0, box.scrollHeight)")
        await expect(later.and_(page.locator("[aria-busy=true]"))).to_have_count(0)
    await expect(messages(page).last).to_contain_text(f"number {TOTAL - 1}")
    await box.evaluate("(box) => box.scrollTo(0, 0)")
    await expect(messages(page)).to_have_count(TOTAL)
    texts = await messages(page).all_text_contents()
    assert [f"number {number}" in text for number, text in enumerate(texts)] == [True] * TOTAL


async def test_another_branch_is_only_read_while_a_reply_runs(unlimited: Stack, page: Page, session: str) -> None:
    await open_at_newest(page, session)
    await edit(page, 110, "Put differently")
    notice = page.get_by_test_id("other-branch")

    # without a running reply it is shown at once
    await search(page, "number 140")
    await found(page).get_by_role("link").click()
    await expect(message(page, 140)).to_be_focused()
    await expect(notice).to_have_count(0)
    await message(page, 110).get_by_test_id("next-version").click()
    await expect(messages(page).last).to_contain_text("You said: Put differently")

    # a running reply keeps it from that
    led, second = Led(), Led()
    unlimited.model.on("And then?", led)
    unlimited.model.on("What else?", second)
    await send(page, "And then?")
    exchange = await led.exchange()
    await exchange.say("first words ")
    await found(page).get_by_role("link").click()
    await expect(message(page, 140)).to_be_focused()
    await expect(notice).to_contain_text("it can only be read")
    await expect(page.get_by_test_id("to-bottom")).to_be_hidden()  # the notice has the way back
    await message(page, 140).hover()
    await expect(page.get_by_test_id("edit")).to_have_count(0)
    await exchange.say("last words")
    await led.finish()
    await expect(notice).to_contain_text("not shown")
    await expect(message(page, 140)).to_be_in_viewport()
    await page.get_by_test_id("leave-branch").click()
    await expect(messages(page).last).to_contain_text("first words last words")
    await expect(messages(page).last).to_be_in_viewport()
    await expect(notice).to_have_count(0)

    # after the reply it can be shown
    await send(page, "What else?")
    exchange = await second.exchange()
    await found(page).get_by_role("link").click()
    await expect(notice).to_be_visible()
    await exchange.say("done")
    await second.finish()
    await page.get_by_test_id("show-branch").click()
    await expect(notice).to_have_count(0)
    await expect(message(page, 140)).to_be_focused()
    await page.reload()
    await expect(messages(page).last).to_contain_text(f"number {TOTAL - 1}")


async def test_another_query_takes_over_and_scrolling_loads_more(page: Page, session: str) -> None:
    held = asyncio.Queue[Route]()

    async def hold_first(route: Route) -> None:
        if "number 75" in (route.request.post_data or ""):
            return await held.put(route)
        await route.continue_()

    await open_at_newest(page, session)
    await page.route("**/api/chat/search", hold_first)
    await search(page, "number 75")
    first = await held.get()
    await search(page, "number 140")
    await expect(found(page).locator("mark").last).to_have_text("140")
    with contextlib.suppress(Error):  # the browser has given it up
        await first.continue_()
    await expect(found(page)).to_have_count(1)
    await expect(found(page).locator("mark").last).to_have_text("140")

    # more results are loaded by scrolling
    await search(page, "of its own")
    await expect(found(page).nth(1)).to_be_visible()
    for _ in range(TOTAL):
        if await page.get_by_text(f"All {TOTAL} messages searched").count():
            break
        await found(page).last.scroll_into_view_if_needed()
        await page.get_by_test_id("search-on").or_(page.get_by_text("messages searched")).first.wait_for()
    await expect(found(page)).to_have_count(TOTAL)


async def test_the_search_works_by_keyboard_and_says_what_it_found(
    stack: Stack, model: ModelServer, page: Page
) -> None:
    model.on("Which bird?", tell("A kingfisher, by the river."))
    await page.goto(await keep(page, stack, dialogue(HOSTILE, "It can swallow a lot.")))
    await expect(messages(page)).to_have_count(2)
    await send(page, "Which bird?")
    await expect(page.get_by_test_id("announcer")).to_contain_text("Reply finished")
    await page.keyboard.down("Alt")
    await page.evaluate(BUSY)
    press = page.keyboard.press
    # The page is busy meanwhile, so it gets all these keys before it can run a timer.
    await asyncio.gather(press("k"), page.keyboard.up("Alt"), *map(press, "kingfisher"))
    await expect(page.get_by_test_id("search")).to_have_value("kingfisher")
    await expect(page.get_by_test_id("announcer")).to_have_text("0 titles, 1 message found")
    await page.keyboard.press("ArrowDown")
    await expect(found(page).get_by_role("link")).to_be_focused()
    assert await has_visible_focus(page)
    await page.keyboard.press("Enter")
    await expect(messages(page).last).to_be_focused()

    # an excerpt is text and no markup
    await search(page, "pelican")
    await expect(found(page).first).to_contain_text(HOSTILE)
    await expect(found(page).locator("img, strong")).to_have_count(0)
    await call(page, stack, "DELETE", "/me/sessions?confirm=all")
