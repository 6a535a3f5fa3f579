"""The palette, the ways past the list, and the gestures of a phone."""

from playwright.async_api import Browser, Page, expect

from tests.e2e.conversations import dialogue, keep
from tests.support.model_server import ModelServer, tell
from tests.support.stack import Stack

WIDTH, HEIGHT = 390, 844

# Chromium's own gestures cannot be driven without its developer protocol: these are the events that they end in.
SWIPE = """([from, to]) => {
    const at = (x) => [new Touch({ identifier: 1, target: document.body, clientX: x, clientY: 400 })];
    document.body.dispatchEvent(
        new TouchEvent("touchstart", { bubbles: true, touches: at(from), changedTouches: at(from) }));
    document.body.dispatchEvent(new TouchEvent("touchend", { bubbles: true, touches: [], changedTouches: at(to) }));
}"""


async def ask(page: Page, text: str) -> None:
    await page.get_by_test_id("composer").fill(text)
    await page.get_by_test_id("send").click()
    await page.wait_for_url("**/s/*")
    await expect(page.locator('[data-role="assistant"]').last).to_have_attribute("data-state", "done")


async def test_the_palette_leads_everywhere_by_keys_alone(stack: Stack, page: Page) -> None:
    press, write = page.keyboard.press, page.keyboard.type
    field, options = page.get_by_test_id("palette-field"), page.get_by_test_id("palette-option")
    composer = page.get_by_test_id("composer")
    address = await keep(page, stack, dialogue("Ants", "A colony of pheromones. " + "Word after word. " * 240))
    await page.goto(address)
    await expect(page.locator('[data-role="assistant"]')).to_be_visible()

    # a command, from a draft that stays
    await composer.fill("A draft")
    await press("Control+k")
    await expect(field).to_be_focused()
    await write("nech")
    await expect(options.first).to_contain_text("New chat")
    await press("Enter")
    await expect(page).to_have_url(f"{stack.url}/")
    await expect(composer).to_be_focused()

    # a message, by the server's search
    await press("Control+k")
    await write("pheromones")
    await expect(options.first).to_contain_text("pheromones")
    await press("Enter")
    await expect(page).to_have_url(address)
    await expect(composer).to_have_value("A draft")

    # Escape gives the focus back, and a dialog in front keeps the palette away
    await composer.focus()
    await press("Control+k")
    await press("Escape")
    await expect(composer).to_be_focused()
    await press("Control+,")
    await expect(page.get_by_role("dialog")).to_be_visible()
    await press("Control+k")
    await expect(field).to_have_count(0)
    await press("Escape")

    # page keys from the composer; the way past the list, and into it
    await composer.fill("")
    scroller = page.locator(".scroller")
    await press("Home")
    await page.wait_for_function("document.querySelector('.scroller').scrollTop === 0")
    await press("PageDown")
    await page.wait_for_function("document.querySelector('.scroller').scrollTop > 100")
    assert await scroller.evaluate("(box) => box.scrollTop < box.scrollHeight - box.clientHeight + 1")
    await page.evaluate("document.activeElement.blur()")
    await page.get_by_test_id("skip-to-composer").focus()
    await press("Enter")
    await expect(composer).to_be_focused()
    await page.get_by_test_id("skip-to-sessions").focus()
    await press("Enter")
    await expect(page.get_by_test_id("session").first.get_by_role("link")).to_be_focused()
    await page.evaluate("history.pushState(null, '', '/nowhere'); dispatchEvent(new PopStateEvent('popstate'))")
    await expect(page.get_by_test_id("missing")).to_be_visible()
    await expect(page.get_by_test_id("role-picker")).to_have_count(0)


async def test_a_phone_swipes_for_the_list_and_rests_for_actions(
    stack: Stack, model: ModelServer, browser: Browser
) -> None:
    model.on("Bees", tell("They dance."))
    async with await browser.new_context(
        viewport={"width": WIDTH, "height": HEIGHT},
        has_touch=True,
        is_mobile=True,
        locale="en-US",
        reduced_motion="reduce",
        service_workers="block",
    ) as context:
        page = await context.new_page()
        await page.goto(stack.url)
        await ask(page, "Bees")
        drawer = page.locator(".drawer-open")
        await page.evaluate(SWIPE, [10, 120])
        await expect(drawer).to_be_visible()
        await page.evaluate(SWIPE, [200, 60])
        await expect(drawer).to_have_count(0)

        reply = page.locator('[data-role="assistant"]')
        await reply.get_by_text("They dance.").dispatch_event("contextmenu")
        sheet = page.get_by_test_id("message-sheet")
        await expect(sheet).to_be_visible()
        await expect(page.locator(".bottom-sheet")).to_be_in_viewport(ratio=1)
        await sheet.locator("[data-action=copy]").tap()
        await expect(sheet).to_have_count(0)

        await page.get_by_test_id("role-picker").tap()
        menu = page.get_by_role("menu")
        await expect(menu).to_be_in_viewport(ratio=1)
        box = await menu.bounding_box()
        assert box is not None
        assert box["x"] == 0
        assert box["width"] == WIDTH
