"""A conversation longer than a page: it shows the newest messages first and earlier ones on demand."""

import asyncio
import json
from pathlib import Path

import pytest
from playwright.async_api import BrowserContext, Locator, Page, Route, expect

from chat import keys
from tests.support.fixtures import stack_of
from tests.support.messages import dialogue, stored
from tests.support.model_server import Led
from tests.support.stack import Stack

TOTAL, PAGE = 150, 50
WORDS = "a question or a reply of some length, so that it has a line of its own, number"

unlimited = stack_of(max_history_messages="0")
"""A stack that keeps all messages."""


@pytest.fixture
async def session(unlimited: Stack, context: BrowserContext) -> str:
    """The URL of a session of the browser's user with `TOTAL` messages."""
    started = await context.request.post(f"{unlimited.url}/api/chat/start")
    session_id = str((await started.json())["session_id"])
    past = map(stored, dialogue(range(TOTAL), content=WORDS))
    await unlimited.store.execute_command("RPUSH", keys.messages(session_id), *past)
    return f"{unlimited.url}/s/{session_id}"


def messages(page: Page) -> Locator:
    return page.get_by_test_id("message")


async def open_at_newest(page: Page, address: str) -> None:
    """Open a long conversation and wait for the scroll to its newest messages, one frame after they are shown."""
    await page.goto(address)
    await expect(messages(page)).to_have_count(PAGE)
    await expect(messages(page).last).to_be_in_viewport()


async def scroll_up(page: Page, loaded: int) -> None:
    """Scroll to the top once, which loads a page, and wait until the page has so many messages."""
    await page.locator(".scroller").evaluate("(box) => box.scrollTo(0, 0)")
    await expect(messages(page)).to_have_count(loaded)


async def settle(page: Page) -> None:
    """Wait until the frames are drawn in which the page corrects its scroll position."""
    frame = "requestAnimationFrame"
    await page.evaluate(f"() => new Promise((done) => {frame}(() => {frame}(() => {frame}(done))))")


async def top_of(row: Locator) -> float:
    box = await row.bounding_box()
    assert box
    return box["y"]


async def test_a_long_conversation_opens_at_its_end_and_loads_the_rest(
    page: Page, session: str, tmp_path: Path
) -> None:
    await open_at_newest(page, session)
    await expect(messages(page).last).to_contain_text(f"number {TOTAL - 1}")

    # the export has all messages, also those that are not loaded
    await page.get_by_test_id("open-session-menu").click()
    async with page.expect_download() as download:
        await page.get_by_test_id("export-json").click()
    file = tmp_path / "export.json"
    await (await download.value).save_as(file)
    kept = json.loads(file.read_text("utf-8"))["sessions"][0]["messages"]
    assert [message["content"] for message in kept] == [f"{WORDS} {number}" for number in range(TOTAL)]

    # scrolling to the top loads all page by page
    for loaded in (2 * PAGE, TOTAL):
        await page.locator(".scroller").hover()
        await page.mouse.wheel(0, -100_000)
        await expect(messages(page)).to_have_count(loaded)
    await expect(page.get_by_test_id("earlier")).to_have_count(0)
    texts = await messages(page).all_text_contents()
    assert [f"number {number}" in text for number, text in enumerate(texts)] == [True] * TOTAL

    # a question below so many rows goes to the top
    await page.get_by_test_id("composer").fill("Below many rows")
    await page.get_by_test_id("send").click()
    gap = """() => {
        const [row, box] = [[...document.querySelectorAll(".question")].at(-1), document.querySelector(".scroller")];
        return Math.abs(row.getBoundingClientRect().top - box.getBoundingClientRect().top - 16) < 2;
    }"""
    await expect(messages(page).last).to_contain_text("You said: Below many rows")
    await page.wait_for_function(gap)


async def test_a_failed_page_is_loaded_again_and_the_view_stays(page: Page, session: str) -> None:
    await open_at_newest(page, session)
    await page.route("**/api/chat/history*before=*", lambda route: route.fulfill(status=200, body="no JSON"))
    button = page.get_by_test_id("earlier")
    await button.focus()  # scrolls the button into view, which loads a page
    await expect(page.get_by_text("Earlier messages could not be loaded")).to_be_visible()
    await page.unroute("**/api/chat/history*before=*")
    await expect(button).to_be_focused()

    # what is read stays in its place when a page is loaded above it
    held = asyncio.Queue[Route]()
    await page.route("**/api/chat/history*before=*", held.put)
    await page.keyboard.press("Enter")
    await expect(button).to_have_attribute("aria-busy", "true")
    first = messages(page).nth(3)
    await settle(page)
    text = await first.text_content()
    before = await top_of(first)
    await (await held.get()).continue_()
    await expect(messages(page)).to_have_count(2 * PAGE)
    same = messages(page).nth(PAGE + 3)
    assert await same.text_content() == text
    assert abs(await top_of(same) - before) < 2

    # the rest is loaded by keyboard
    await page.unroute("**/api/chat/history*before=*")
    await expect(button).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(messages(page)).to_have_count(TOTAL)
    await expect(page.get_by_test_id("log")).to_be_focused()
    await expect(page.get_by_test_id("announcer")).to_have_text(f"{PAGE} earlier messages loaded")


async def test_a_reload_in_mid_reply_and_earlier_pages_work_together(
    unlimited: Stack, page: Page, session: str
) -> None:
    led = Led()
    unlimited.model.on("And what comes next?", led)
    await page.goto(session)
    await page.get_by_test_id("composer").fill("And what comes next?")
    await page.get_by_test_id("send").click()
    exchange = await led.exchange()
    await exchange.say("first words ")
    await page.reload()
    await expect(page.get_by_text("first words")).to_be_in_viewport()
    # The question and its reply follow the page of messages that the browser had kept.
    await scroll_up(page, 2 * PAGE + 2)
    await exchange.say("last words")
    await led.finish()
    await expect(messages(page).last).to_have_attribute("data-state", "done")
    await expect(messages(page)).to_have_count(2 * PAGE + 2)
    await expect(messages(page).last).to_contain_text("first words last words")


async def test_an_edit_and_a_switch_far_up_keep_the_place(page: Page, session: str) -> None:
    await open_at_newest(page, session)
    for loaded in (2 * PAGE, TOTAL):
        await scroll_up(page, loaded)
    question = messages(page).nth(60)
    await question.hover()
    await question.get_by_test_id("edit").click()
    await page.get_by_test_id("edit-text").fill("Put differently")
    await page.get_by_test_id("resend").click()
    await expect(page.get_by_test_id("log").get_by_text("You said: Put differently")).to_be_visible()
    await expect(messages(page)).to_have_count(62)
    await expect(messages(page).nth(59)).to_contain_text("number 59")
    await expect(page.get_by_test_id("earlier")).to_have_count(0)
    await expect(messages(page).last.get_by_test_id("facts")).to_be_attached()
    before = await top_of(question)
    await question.get_by_test_id("previous-version").click()
    await expect(messages(page)).to_have_count(TOTAL)
    await expect(question).to_contain_text("number 60")
    await settle(page)
    assert abs(await top_of(question) - before) < 2
    await expect(question.get_by_test_id("previous-version")).to_be_focused()
    await expect(messages(page).first).to_contain_text("number 0")
    await question.get_by_test_id("next-version").click()
    await expect(messages(page)).to_have_count(62)
    await settle(page)
    assert abs(await top_of(question) - before) < 2


async def test_a_history_cleared_elsewhere_leaves_no_earlier_pages(context: BrowserContext, session: str) -> None:
    other = await context.new_page()  # without the check of the console: it gets an error for a message that is gone
    await open_at_newest(other, session)
    cleared = await context.request.delete(session.replace("/s/", "/api/chat/history/"))
    assert cleared.ok
    await other.get_by_test_id("earlier").focus()
    await expect(messages(other)).to_have_count(0)
    await expect(other.get_by_test_id("earlier")).to_have_count(0)
