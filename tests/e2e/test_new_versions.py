"""Another version of a reply while it is written, fails or is stopped, in the browser."""

from playwright.async_api import Page, expect

from tests.e2e.conversations import dialogue, keep
from tests.e2e.test_versions import only, over, regenerate, replies
from tests.support.model_server import Led, ModelServer, refuse, tell
from tests.support.stack import Stack


async def test_the_old_reply_stays_until_the_first_word_of_another(
    stack: Stack, model: ModelServer, page: Page
) -> None:
    led = Led()
    model.on("Again, please", led)
    kept = dialogue("Again, please", "the old words", "What follows", "stays, too")
    await page.goto(await keep(page, stack, kept))
    await regenerate(replies(page).first)
    await expect(page.get_by_test_id("new-version")).to_contain_text("A new reply is being written")
    await expect(page.get_by_test_id("announcer")).to_have_text("A new reply is being written")
    exchange = await led.exchange()
    await exchange.delta(reasoning_content="Hm.")
    await page.evaluate("() => window.dispatchEvent(new Event('focus'))")  # reads the history
    await expect(replies(page)).to_have_count(2)
    await expect(replies(page).first).to_contain_text("the old words")
    await expect(replies(page).last).to_contain_text("stays, too")
    await expect(page.get_by_test_id("regenerate")).to_have_count(0)

    await exchange.say("new words")
    await expect(replies(page)).to_have_count(1)
    await expect(replies(page)).to_contain_text("new words")
    await expect(page.get_by_test_id("new-version")).to_have_count(0)
    await led.finish()
    await only(page, "new words")
    await page.get_by_test_id("previous-version").click()
    await over(replies(page).last, "stays, too")


async def test_another_version_that_fails_leaves_the_old_one(stack: Stack, model: ModelServer, page: Page) -> None:
    model.on("Fail next", refuse(401), tell("third try"))
    kept = dialogue("Fail next", "still here", "What follows", "here as well")
    await page.goto(await keep(page, stack, kept))
    await regenerate(replies(page).first)
    notice = page.get_by_test_id("notice")
    await expect(notice).to_contain_text("There is no new reply; the earlier one stays.")
    await expect(notice).to_contain_text("refused the API key")
    await expect(replies(page)).to_have_count(2)
    await over(replies(page).first, "still here")
    await over(replies(page).last, "here as well")
    await expect(replies(page).first.get_by_test_id("versions")).to_have_text("1 / 2")

    # the failed version says why, too
    await replies(page).first.get_by_test_id("next-version").click()
    await expect(notice).to_have_count(0)
    await expect(replies(page)).to_have_attribute("data-state", "failed")
    await expect(replies(page)).to_contain_text("refused the API key")
    await page.get_by_test_id("retry").click()
    await only(page, "third try")
    await expect(page.get_by_test_id("versions")).to_have_text("3 / 3")


async def test_another_version_that_is_stopped_can_be_tried_again(stack: Stack, model: ModelServer, page: Page) -> None:
    led = Led()
    model.on("Stop me", led, tell("at last"))
    await page.goto(await keep(page, stack, dialogue("Stop me", "still here")))
    await regenerate(replies(page))
    await led.exchange()
    await page.get_by_test_id("stop").click()
    await expect(page.get_by_test_id("notice")).to_contain_text("Stopped before the new reply began")
    await only(page, "still here")
    await page.get_by_test_id("next-version").click()
    await expect(replies(page)).to_have_attribute("data-state", "stopped")
    await expect(replies(page).get_by_test_id("retry")).to_be_visible()
    await page.get_by_test_id("previous-version").click()
    await only(page, "still here")
    await page.reload()
    await regenerate(replies(page))
    await only(page, "at last")
    await expect(page.get_by_test_id("versions")).to_have_text("3 / 3")
