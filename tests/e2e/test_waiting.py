"""Questions that wait until the replies before them have ended, and edits that end without an answer."""

import asyncio

from playwright.async_api import BrowserContext, Locator, Page, Route, expect

from tests.e2e.conversations import dialogue, keep
from tests.e2e.devices import look_again
from tests.e2e.test_chat import send, stored
from tests.e2e.test_earlier_messages import settle, top_of
from tests.e2e.test_keyboard import has_visible_focus
from tests.e2e.test_versions import LONG, ask, edit, only, over, questions, replies
from tests.support.model_server import Exchange, Led, ModelServer, refuse, tell
from tests.support.stack import Stack


def waiting(page: Page) -> Locator:
    return page.get_by_test_id("waiting-question")


async def run(page: Page, stack: Stack, model: ModelServer, text: str) -> tuple[Led, Exchange]:
    """Open a new chat and ask a question whose reply runs until the script ends it."""
    led = Led()
    model.on(text, led)
    await page.goto(stack.url)
    await send(page, text)
    exchange = await led.exchange()
    await exchange.say("so far")
    await expect(replies(page)).to_contain_text("so far")
    return led, exchange


async def queue(page: Page, *texts: str) -> None:
    """Send questions that wait, each once the one before is taken."""
    for text in texts:
        before = await waiting(page).count()
        await page.get_by_test_id("composer").fill(text)
        await page.keyboard.press("Enter")
        await expect(waiting(page)).to_have_count(before + 1)
        await expect(waiting(page).last.get_by_test_id("waiting-remove")).to_be_visible()
        await expect(waiting(page).last).to_contain_text(text)


async def stop(page: Page) -> None:
    await page.get_by_test_id("composer").focus()
    await page.keyboard.press("Escape")
    await expect(replies(page).last).to_have_attribute("data-state", "stopped")


async def test_two_questions_wait_and_are_answered_in_order(stack: Stack, model: ModelServer, page: Page) -> None:
    second = Led()
    model.on("The second", second)
    led, _ = await run(page, stack, model, "The first")
    await queue(page, "The second")
    await expect(page.get_by_test_id("announcer")).to_have_text("Question waits, position 1")
    await page.get_by_test_id("composer").fill("The third")
    await page.get_by_role("button", name="Ask after this reply").click()
    await expect(page.get_by_test_id("announcer")).to_have_text("Question waits, position 2")
    await expect(page.get_by_test_id("composer")).to_have_value("")
    await expect(questions(page)).to_have_count(1)

    await led.finish()
    exchange = await second.exchange()
    await expect(questions(page).last.locator(".bubble")).to_have_text("The second")
    await expect(waiting(page)).to_have_count(1)
    await expect(page.get_by_test_id("stop")).to_be_visible()
    await exchange.say("the answer to the second")
    await second.finish()
    await over(replies(page).last, "You said: The third")
    await expect(page.get_by_test_id("waiting")).to_have_count(0)
    assert [message["content"].strip() for message in await stored(page)] == [
        "The first",
        "so far",
        "The second",
        "the answer to the second",
        "The third",
        "You said: The third",
    ]


async def test_waiting_questions_are_edited_and_removed_by_keyboard(
    stack: Stack, model: ModelServer, page: Page
) -> None:
    led, _ = await run(page, stack, model, "Runs while others are edited")
    await queue(page, "Badly put", "Not wanted", "Stays")
    change = waiting(page).first.get_by_role("button", name="Edit waiting question 1")
    await change.focus()
    await page.keyboard.press("Enter")
    await expect(page.get_by_test_id("edit-text")).to_be_focused()
    await page.keyboard.press("Escape")  # leaves the reply alone
    await expect(change).to_be_focused()
    assert await has_visible_focus(page)
    await page.keyboard.press("Enter")
    await page.get_by_test_id("edit-text").fill("Well put")
    await page.keyboard.press("Enter")
    await expect(waiting(page).first).to_contain_text("Well put")
    await expect(page.get_by_test_id("announcer")).to_have_text("The waiting question is changed")

    await waiting(page).nth(1).get_by_test_id("waiting-remove").focus()
    await page.keyboard.press("Enter")
    await expect(waiting(page)).to_have_count(2)
    await expect(waiting(page).nth(1).get_by_test_id("waiting-remove")).to_be_focused()
    await expect(replies(page)).to_have_attribute("data-state", "streaming")
    await led.finish()
    await over(replies(page).last, "You said: Stays")
    assert [await question.inner_text() for question in await questions(page).locator(".bubble").all()] == [
        "Runs while others are edited",
        "Well put",
        "Stays",
    ]


async def test_questions_survive_a_reload_and_pause_after_a_stop(stack: Stack, model: ModelServer, page: Page) -> None:
    _, exchange = await run(page, stack, model, "Stopped before others")
    await queue(page, "Next", "Last")
    await page.reload()
    await expect(waiting(page)).to_have_count(2)
    await expect(waiting(page).first).to_contain_text("Next")
    await exchange.say(" and further")
    await expect(replies(page)).to_contain_text("so far and further")
    await stop(page)
    bar = page.get_by_test_id("waiting-paused")
    await expect(bar).to_contain_text("The last reply was stopped. 2 questions wait.")
    await expect(waiting(page)).to_have_count(2)
    await page.reload()
    await expect(bar).to_contain_text("The last reply was stopped. 2 questions wait.")
    await bar.get_by_role("button", name="Resume").click()
    await over(replies(page).last, "You said: Last")
    await expect(page.get_by_test_id("waiting")).to_have_count(0)
    await expect(questions(page)).to_have_count(3)


async def test_paused_questions_are_discarded_after_a_confirmation(
    stack: Stack, model: ModelServer, page: Page
) -> None:
    asked, failing = asyncio.Event(), asyncio.Event()

    async def fail(exchange: Exchange) -> None:
        asked.set()
        await failing.wait()
        await refuse(401)(exchange)

    model.on("Fails before others", fail)
    await page.goto(stack.url)
    await send(page, "Fails before others")
    await asked.wait()
    await queue(page, "Not any more")
    failing.set()
    bar = page.get_by_test_id("waiting-paused")
    await expect(bar).to_contain_text("The last reply failed. 1 question waits.")
    await bar.get_by_role("button", name="Discard").click()
    await page.keyboard.press("Escape")
    await expect(waiting(page)).to_have_count(1)
    await bar.get_by_role("button", name="Discard").click()
    await page.get_by_test_id("confirm").click()
    await expect(page.get_by_test_id("waiting")).to_have_count(0)
    await expect(page.get_by_test_id("composer")).to_be_focused()
    await page.reload()
    await expect(replies(page)).to_have_attribute("data-state", "failed")
    await expect(page.get_by_test_id("waiting")).to_have_count(0)


async def test_the_next_question_does_not_move_what_is_read(stack: Stack, model: ModelServer, page: Page) -> None:
    led, exchange = await run(page, stack, model, "Read above")
    await exchange.say("\n\n", *LONG)
    await page.get_by_test_id("to-bottom").click()
    await expect(page.get_by_text("Paragraph 39.", exact=True)).to_be_in_viewport()
    await queue(page, "Comes below")
    await page.locator(".scroller").hover()
    await page.mouse.wheel(0, -600)
    await expect(page.get_by_test_id("to-bottom")).to_be_visible()
    await settle(page)
    row = page.get_by_text("Paragraph 25.", exact=True)
    top = await top_of(row)
    await led.finish()
    await over(replies(page).last, "You said: Comes below")
    await settle(page)
    assert abs(await top_of(row) - top) < 2


async def test_tabs_and_devices_show_the_same_waiting_questions(
    stack: Stack, model: ModelServer, page: Page, context: BrowserContext, device: Page
) -> None:
    await run(page, stack, model, "Seen everywhere")
    tab = await context.new_page()
    await device.context.add_cookies(await context.cookies())  # type: ignore[arg-type]
    for other in (tab, device):
        await other.goto(page.url)
        await expect(replies(other)).to_contain_text("so far")
    await queue(page, "Seen by all", "Removed by the tab", "Removed there")
    await expect(waiting(tab)).to_have_count(3)
    await waiting(tab).nth(1).get_by_test_id("waiting-remove").click()
    await expect(waiting(page)).to_have_count(2)

    await look_again(device)
    await expect(waiting(device)).to_have_count(2)
    await waiting(device).first.get_by_test_id("waiting-edit").click()
    await device.get_by_test_id("edit-text").fill("Reworded there")
    await device.keyboard.press("Enter")
    await expect(device.get_by_test_id("announcer")).to_have_text("The waiting question is changed")
    await waiting(device).last.get_by_test_id("waiting-remove").click()
    await expect(waiting(device)).to_have_count(1)
    await look_again(page)
    await expect(waiting(page)).to_have_count(1)
    await expect(waiting(page)).to_contain_text("Reworded there")
    await stop(page)
    bar = device.get_by_test_id("waiting-paused")
    await look_again(device)
    await bar.get_by_role("button", name="Resume").click()
    await look_again(page)
    for tab_of_user in (page, tab):
        await over(replies(tab_of_user).last, "You said: Reworded there")
        await expect(tab_of_user.get_by_test_id("waiting")).to_have_count(0)


async def test_a_waiting_question_is_sent_once_or_given_back(
    stack: Stack, model: ModelServer, context: BrowserContext
) -> None:
    quiet = await context.new_page()  # without the check of the console: it gets errors
    led, _ = await run(quiet, stack, model, "The answer gets lost")
    keys = list[str]()

    async def lose(route: Route) -> None:
        keys.append(route.request.headers["idempotency-key"])
        if len(keys) > 1:
            return await route.continue_()
        await route.fetch()
        await route.abort()

    await quiet.route("**/api/chat/turns", lose)
    await quiet.get_by_test_id("composer").fill("Only once")
    await quiet.keyboard.press("Enter")
    await expect(waiting(quiet).get_by_test_id("waiting-remove")).to_be_visible()
    assert len(keys) == 2
    assert keys[0] == keys[1]

    # one that is refused stays in the composer
    refusal = {"status": 409, "json": {"code": "too_many_waiting", "detail": ""}}
    await quiet.route("**/api/chat/turns", lambda route: route.fulfill(**refusal))
    await quiet.get_by_test_id("composer").fill("One too many")
    await quiet.keyboard.press("Enter")
    await expect(quiet.get_by_test_id("notice")).to_contain_text("Too many questions are waiting here.")
    await expect(quiet.get_by_test_id("composer")).to_have_value("One too many")
    await expect(waiting(quiet)).to_have_count(1)
    await led.finish()
    await over(replies(quiet).last, "You said: Only once")
    await expect(questions(quiet)).to_have_count(2)
    asked = [message["content"] for message in await stored(quiet) if message["role"] == "user"]
    assert asked == ["The answer gets lost", "Only once"]
    await quiet.close()


async def test_an_edit_without_an_answer_leaves_the_branch_before(stack: Stack, model: ModelServer, page: Page) -> None:
    led = Led()
    model.on("Stopped again", led)
    model.on("What follows", tell("two"))
    model.on("As it fails", refuse(401), refuse(401), tell("at last"))
    await page.goto(await keep(page, stack, dialogue("As it was", "one")))
    notice = page.get_by_test_id("notice")

    # it is stopped before the answer
    await edit(page, questions(page), "Stopped again")
    await led.exchange()
    await expect(questions(page)).to_contain_text("Stopped again")
    await page.get_by_test_id("stop").click()
    await expect(notice).to_contain_text("Stopped before your edited question was answered")
    await only(page, "one")
    await expect(questions(page)).to_contain_text("As it was")
    await questions(page).get_by_test_id("next-version").click()
    await expect(questions(page)).to_contain_text("Stopped again")
    await expect(replies(page)).to_have_attribute("data-state", "stopped")
    await questions(page).get_by_test_id("previous-version").click()
    await only(page, "one")

    # it fails
    await ask(page, "What follows", "two")
    await edit(page, questions(page).first, "As it fails")
    await expect(notice).to_contain_text("Your edited question was not answered")
    await expect(notice).to_contain_text("refused the API key")
    await expect(questions(page)).to_have_count(2)
    await over(replies(page).last, "two")
    await expect(questions(page).first.get_by_test_id("versions")).to_have_text("1 / 3")

    # it may be seen
    await page.get_by_test_id("show-lost").click()
    await expect(notice).to_have_count(0)
    await expect(questions(page)).to_have_count(1)
    await expect(questions(page)).to_contain_text("As it fails")
    await expect(replies(page)).to_have_attribute("data-state", "failed")
    await questions(page).get_by_test_id("previous-version").click()
    await expect(questions(page)).to_contain_text("Stopped again")
    await questions(page).get_by_test_id("previous-version").click()
    await over(replies(page).last, "two")

    # and be tried again, from the notice of another failure
    await page.reload()
    await expect(questions(page)).to_have_count(2)
    await edit(page, questions(page).first, "As it fails")
    await expect(notice).to_contain_text("Your edited question was not answered")
    await expect(questions(page).first.get_by_test_id("versions")).to_have_text("1 / 4")
    await page.get_by_test_id("send-again").click()
    await only(page, "at last")
    await expect(questions(page)).to_have_count(1)
    await expect(questions(page)).to_contain_text("As it fails")
    await expect(questions(page).get_by_test_id("versions")).to_have_text("4 / 4")
    await expect(notice).to_have_count(0)


async def test_enter_sends_nothing_until_the_question_before_is_taken(
    stack: Stack, model: ModelServer, page: Page
) -> None:
    await page.goto(stack.url)
    held = asyncio.Queue[Route]()
    await page.route("**/api/chat/turns", held.put)
    await send(page, "On its way")
    route = await held.get()
    await page.get_by_test_id("composer").fill("the next one")
    await page.keyboard.press("Enter")
    await expect(page.get_by_test_id("hint")).to_contain_text("Your text stays here")
    await expect(page.get_by_test_id("composer")).to_have_value("the next one")
    await route.continue_()
    await over(replies(page), "You said: On its way")
    await expect(page.get_by_test_id("hint")).to_have_count(0)
    assert held.empty()
