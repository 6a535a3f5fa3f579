"""Models of several providers: chosen by name, remembered by session, with thinking where it can be switched."""

from playwright.async_api import Page, expect

from tests.e2e.providers import model, other_model, providers, stack
from tests.e2e.test_chat import send
from tests.e2e.test_versions import over, replies
from tests.support.model_server import Led, ModelServer, refuse, tell
from tests.support.stack import Stack

__all__ = ["model", "other_model", "providers", "stack"]


async def choose_model(page: Page, model_id: str) -> None:
    await page.get_by_test_id("model-picker").click()
    await page.locator(f"[data-value={model_id}]").click()


async def test_a_session_remembers_the_model_that_was_asked(
    stack: Stack, model: ModelServer, other_model: ModelServer, page: Page
) -> None:
    await page.goto(stack.url)
    picker = page.get_by_test_id("model-picker")
    await choose_model(page, "sage")
    await send(page, "To the workshop")
    await over(replies(page), "You said: To the workshop")
    assert len(other_model.asked("To the workshop")) == 1
    first = page.url
    await page.get_by_test_id("new-chat").click()
    await expect(picker).to_have_text("Sage 8B")
    await choose_model(page, "lumen-mini")
    await send(page, "To the cloud")
    await over(replies(page), "You said: To the cloud")
    assert len(model.asked("To the cloud")) == 1
    await page.goto(first)
    await expect(picker).to_have_text("Sage 8B")
    await page.get_by_test_id("facts").click()
    await expect(page.get_by_test_id("fact-list")).to_contain_text("Sage 8B")


async def test_thinking_is_asked_for_where_the_model_has_a_switch(stack: Stack, model: ModelServer, page: Page) -> None:
    model.on("Fast, please", tell("fast"))
    model.on("With care, please", tell("careful"))
    await page.goto(stack.url)
    switch = page.get_by_role("button", name="Think before replying")
    await expect(switch).to_have_attribute("aria-pressed", "false")
    await send(page, "Fast, please")
    await over(replies(page), "fast")
    await switch.click()
    await page.reload()
    await expect(switch).to_have_attribute("aria-pressed", "true")
    await send(page, "With care, please")
    await over(replies(page).last, "careful")
    asked = [model.asked(text)[0].body["enable_thinking"] for text in ("Fast, please", "With care, please")]
    assert asked == [False, True]
    await choose_model(page, "sage-thinker")
    await expect(switch).to_have_count(0)


async def test_a_model_that_stepped_in_is_named_for_good(
    stack: Stack, model: ModelServer, other_model: ModelServer, page: Page
) -> None:
    led = Led()
    model.on("Who answers?", refuse(404))
    other_model.on("Who answers?", led)
    await page.goto(stack.url)
    await send(page, "Who answers?")
    await expect(replies(page)).to_contain_text("did not answer, asking Sage 8B.")
    await expect(page.get_by_test_id("announcer")).to_contain_text("did not answer, asking Sage 8B.")
    await (await led.exchange()).say("The workshop.")
    await led.finish()
    await over(replies(page), "The workshop.")
    for _ in range(2):
        await expect(page.get_by_test_id("stepped-in")).to_have_text("Sage 8B answered, because Lumen 3 did not")
        await page.get_by_test_id("facts").click()
        await expect(page.get_by_test_id("fact-list")).to_contain_text("Sage 8B, in place of Lumen 3")
        await page.reload()
    await expect(page.get_by_test_id("model-picker")).to_have_text("Lumen 3")
