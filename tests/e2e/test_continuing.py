"""A reply that stopped early goes on where it stopped, also over a reload, and its details say what it survived."""

from playwright.async_api import Page, expect

from tests.e2e.test_chat import send
from tests.e2e.test_versions import only, replies
from tests.e2e.test_waiting import queue
from tests.support.model_server import Led, ModelServer, tell
from tests.support.stack import Stack
from worker.llm.overlap import tail_of
from worker.llm.prompt import GO_ON

TEXT = "A cut reply stops here"


async def test_a_cut_reply_goes_on_over_a_reload(stack: Stack, model: ModelServer, page: Page) -> None:
    led = Led()
    model.on("Cut me short", tell(TEXT, reason="length"))
    model.on(GO_ON.format(tail_of(TEXT)), led)
    await page.goto(stack.url)
    await send(page, "Cut me short")
    await expect(page.get_by_test_id("stopped-early")).to_contain_text("Stopped at the length limit")
    await page.get_by_test_id("continue").click()
    await expect(replies(page)).to_contain_text(TEXT)

    exchange = await led.exchange()
    await exchange.say(TEXT, " and goes on")
    await expect(replies(page)).to_contain_text(f"{TEXT} and goes on")
    await expect(replies(page)).to_have_count(1)
    await page.reload()
    await expect(replies(page)).to_contain_text(f"{TEXT} and goes on")
    await queue(page, "What waits")
    await expect(page.get_by_test_id("waiting-count")).to_have_text("1")
    await page.get_by_test_id("waiting-remove").click()
    await expect(page.get_by_test_id("waiting-count")).to_have_count(0)

    await exchange.say(" to its end.")
    await led.finish()
    await only(page, f"{TEXT} and goes on to its end.")
    await expect(page.get_by_test_id("stopped-early")).to_have_count(0)
    await expect(page.get_by_test_id("versions")).to_contain_text("2")
