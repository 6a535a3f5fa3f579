"""What the page shows about a reply besides its text."""

from playwright.async_api import Page, expect

from tests.e2e.test_chat import send
from tests.support.model_server import Exchange, Led, ModelServer, break_off, refuse, tell
from tests.support.stack import Stack

REPLY = '[data-testid="message"][data-role="assistant"]'
USAGE = {"prompt_tokens": 1200, "completion_tokens": 34, "total_tokens": 1234}


async def test_a_busy_model_is_counted_down_and_then_answered(stack: Stack, model: ModelServer, page: Page) -> None:
    model.on("Twice, please", refuse(503, retry_after="2"), tell("At last.", usage=USAGE))
    await page.goto(stack.url)
    await send(page, "Twice, please")
    await expect(page.locator(REPLY)).to_contain_text("Trying again in")
    await expect(page.locator(REPLY)).to_contain_text("At last.")

    # the details of the reply are shown on demand
    await page.get_by_test_id("facts").click()
    facts = page.get_by_test_id("fact-list")
    for words in ("1,200 in · 34 out", "scripted", "Assistant"):
        await expect(facts).to_contain_text(words)
    await page.keyboard.press("Escape")
    await expect(facts).to_be_hidden()


async def test_a_failed_reply_says_why_after_a_reload_and_retries_once(
    stack: Stack, model: ModelServer, page: Page
) -> None:
    model.on("Break, please", break_off("Half of", drop=True), tell("The whole of it."))
    await page.goto(stack.url)
    await send(page, "Break, please")
    reply = page.locator(REPLY)
    await expect(reply).to_have_attribute("data-state", "failed")
    await page.reload()
    await expect(reply).to_contain_text("Half of")
    await expect(reply).to_contain_text("ended before it was done")
    await page.get_by_test_id("retry").click()
    await expect(reply).to_contain_text("The whole of it.")
    await expect(page.locator('[data-role="user"]')).to_have_count(1)
    assert len(model.asked("Break, please")) == 2


async def test_thinking_is_folded_and_its_duration_shown(stack: Stack, model: ModelServer, page: Page) -> None:
    led = Led()
    model.on("Think, please", led)
    await page.goto(stack.url)
    await send(page, "Think, please")
    exchange: Exchange = await led.exchange()
    await exchange.delta(reasoning_content="Hm. ")
    thoughts = page.get_by_test_id("thinking")
    await expect(thoughts.locator("summary")).to_contain_text("Thinking · 1 s")
    await exchange.say("Done.")
    await led.finish()
    await expect(page.locator(REPLY)).to_have_attribute("data-state", "done")
    for _ in range(2):
        await expect(thoughts.locator("summary")).to_contain_text("Thought for")
        await expect(thoughts.get_by_text("Hm.")).to_be_hidden()
        await page.reload()


async def test_the_scroll_position_stays_while_text_arrives_below(stack: Stack, model: ModelServer, page: Page) -> None:
    led = Led()
    model.on("At length, please", led)
    await page.goto(stack.url)
    await send(page, "At length, please")
    exchange = await led.exchange()
    await exchange.say(*(f"Paragraph {number}.\n\n" for number in range(60)))
    await expect(page.get_by_text("Paragraph 59.", exact=True)).to_be_attached()
    await page.get_by_test_id("to-bottom").click()
    await expect(page.get_by_text("Paragraph 59.", exact=True)).to_be_in_viewport()
    await page.locator(".scroller").hover()
    await page.mouse.wheel(0, -600)
    await expect(page.get_by_test_id("to-bottom")).to_have_accessible_name("To the bottom")
    position = await page.locator(".scroller").evaluate("(box) => box.scrollTop")
    await exchange.say("$$\n\\frac{1}{2}\n$$\n\n", *(f"More {number}.\n\n" for number in range(30)))
    await expect(page.get_by_text("More 29.", exact=True)).to_be_attached()
    await expect(page.get_by_test_id("to-bottom")).to_have_accessible_name("New text below")
    assert await page.locator(".scroller").evaluate("(box) => box.scrollTop") == position
    await page.get_by_test_id("to-bottom").click()
    await expect(page.get_by_text("More 29.", exact=True)).to_be_in_viewport()
    await led.finish()
    await expect(page.locator(REPLY)).to_have_attribute("data-state", "done")
