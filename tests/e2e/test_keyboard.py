"""Everything works without a pointer, and the focus is never lost."""

from playwright.async_api import Locator, Page, expect

from tests.support.model_server import Led, ModelServer, refuse, tell
from tests.support.stack import Stack

FAR = 60


async def tab_to(page: Page, target: Locator, key: str = "Tab") -> None:
    """Press Tab until the target has the focus."""
    for _ in range(FAR):
        if await target.evaluate("(element) => element === document.activeElement"):
            return
        await page.keyboard.press(key)
    raise AssertionError(f"{FAR} x {key} do not reach {target}")


async def has_visible_focus(page: Page) -> bool:
    return bool(
        await page.evaluate(
            """() => {
                const at = document.activeElement;
                if (!at || at === document.body) return false;
                const { width, height } = at.getBoundingClientRect();
                return at.checkVisibility({ opacityProperty: true }) && width > 0 && height > 0;
            }"""
        )
    )


async def test_a_whole_chat_works_by_keyboard_alone(stack: Stack, model: ModelServer, page: Page) -> None:
    press = page.keyboard.press
    reply = page.locator('[data-role="assistant"]')
    composer = page.get_by_test_id("composer")
    led = Led()
    model.on("By keyboard", led, tell("the ", "second ", "reply"))
    await page.goto(stack.url)
    await expect(page.get_by_test_id("example").first).to_be_visible()

    # a new chat, and another persona for it
    await press("Alt+n")
    await expect(composer).to_be_focused()
    picker = page.get_by_test_id("role-picker")
    before = await picker.text_content()
    await tab_to(page, picker, "Shift+Tab")
    await press("Enter")
    await expect(page.get_by_role("menuitemradio").first).to_be_focused()
    await press("ArrowDown")
    await press("Enter")
    await expect(picker).to_be_focused()
    assert await picker.text_content() != before

    # ask, and stop
    await press("Alt+i")
    await expect(composer).to_be_focused()
    await page.keyboard.type("By keyboard")
    await press("Enter")
    await (await led.exchange()).say("as far ", "as this")
    await expect(reply).to_contain_text("as far as this")
    await press("Escape")
    await expect(reply).to_have_attribute("data-state", "stopped")
    assert await has_visible_focus(page)

    # regenerate
    await tab_to(page, page.get_by_test_id("regenerate"), "Shift+Tab")
    await press("Enter")
    await expect(reply).to_contain_text("the second reply")
    await expect(reply).to_have_attribute("data-state", "done")

    # rename
    menu = page.get_by_test_id("open-session-menu")
    await tab_to(page, menu)
    await press("Enter")
    await expect(page.get_by_role("menu").get_by_test_id("pin")).to_be_focused()
    await press("ArrowDown")
    await press("ArrowDown")
    await expect(page.get_by_role("menu").get_by_test_id("rename")).to_be_focused()
    await press("Enter")
    await expect(page.get_by_role("dialog").get_by_role("textbox")).to_be_focused()
    await page.keyboard.type("A name of its own")
    await press("Enter")
    await expect(menu).to_be_focused()
    row = page.get_by_test_id("session")
    await expect(row).to_contain_text("A name of its own")
    await expect(page.get_by_test_id("announcer")).to_contain_text("Renamed to")  # the server has answered

    # delete, and undo
    address = page.url
    await press("Enter")
    await expect(page.get_by_role("menu").get_by_test_id("pin")).to_be_focused()
    await press("End")
    await expect(page.get_by_role("menu").get_by_test_id("delete")).to_be_focused()
    await press("Enter")
    await expect(page).to_have_url(f"{stack.url}/")
    await expect(row).to_have_count(0)
    await expect(page.get_by_test_id("announcer")).to_contain_text("Press Alt + Z to undo")
    await expect(composer).to_be_focused()
    await press("Alt+z")
    await expect(page).to_have_url(address)
    await expect(row).to_contain_text("A name of its own")
    await expect(reply).to_contain_text("the second reply")
    assert await has_visible_focus(page)


async def test_deleting_sessions_in_a_row_keeps_the_focus_in_the_list(stack: Stack, page: Page) -> None:
    await page.context.request.get(f"{stack.url}/api/me")
    for _ in range(3):
        await page.context.request.post(f"{stack.url}/api/chat/start")
    await page.goto(stack.url)
    rows = page.get_by_test_id("session").get_by_role("link")
    await expect(rows).to_have_count(3)
    await rows.first.focus()
    for left in (2, 1, 0):
        await page.keyboard.press("Tab")
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("menuitem").first).to_be_focused()
        await page.keyboard.press("End")
        await page.keyboard.press("Enter")
        await expect(rows).to_have_count(left)
        await expect(rows.first if left else page.get_by_test_id("new-chat")).to_be_focused()
    await expect(page.get_by_test_id("toast")).to_contain_text("3 conversations deleted")
    await tab_to(page, page.get_by_test_id("undo"))
    await page.keyboard.press("Enter")
    await expect(rows).to_have_count(3)
    await expect(rows.last).to_be_focused()


async def test_the_help_sheet_opens_by_its_key_only_outside_fields(stack: Stack, page: Page) -> None:
    await page.goto(stack.url)
    composer = page.get_by_test_id("composer")
    await expect(composer).to_be_focused()
    await page.keyboard.press("?")
    await expect(composer).to_have_value("?")

    # a menu closes when Tab leaves it
    await tab_to(page, page.get_by_test_id("role-picker"), "Shift+Tab")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("menuitemradio").first).to_be_focused()
    await page.keyboard.press("Tab")
    await expect(page.get_by_role("menu")).to_have_count(0)
    assert await has_visible_focus(page)

    sheet = page.get_by_role("dialog", name="Keyboard shortcuts")
    await expect(sheet).to_have_count(0)
    await tab_to(page, page.get_by_test_id("role-picker"), "Shift+Tab")
    await page.keyboard.press("?")
    await expect(sheet).to_be_visible()

    # and they can be turned off
    await tab_to(page, sheet.get_by_role("checkbox"))
    await page.keyboard.press("Space")
    await page.keyboard.press("Escape")
    await expect(sheet).to_have_count(0)
    await expect(page.get_by_test_id("role-picker")).to_be_focused()
    await page.keyboard.press("?")
    await page.keyboard.press("Alt+/")
    await expect(sheet).to_have_count(0)


async def test_a_drawer_takes_the_focus_and_gives_it_back(stack: Stack, page: Page) -> None:
    await page.set_viewport_size({"width": 390, "height": 844})
    await page.goto(stack.url)
    opener = page.get_by_test_id("open-sidebar")
    await tab_to(page, opener, "Shift+Tab")
    await page.keyboard.press("Enter")
    await expect(page.locator(".sidebar-closer")).to_be_focused()
    for _ in range(12):
        await page.keyboard.press("Tab")
        assert not await page.evaluate("() => document.activeElement.closest('main') !== null")
    await page.keyboard.press("Escape")
    await expect(opener).to_be_focused()


async def test_the_focus_moves_on_when_an_action_removes_its_button(
    stack: Stack, model: ModelServer, page: Page
) -> None:
    press = page.keyboard.press
    composer, reply = page.get_by_test_id("composer"), page.locator('[data-role="assistant"]')
    led = Led()
    model.on("Keep my place", tell("first"), led, tell("third"))
    model.on("Edited", tell("fourth"))
    await page.goto(stack.url)
    await composer.fill("Keep my place")
    await tab_to(page, page.get_by_test_id("send"))
    await press("Enter")
    await expect(reply).to_have_attribute("data-state", "done")
    await expect(composer).to_be_focused()

    # regenerate, and stop by its button
    await tab_to(page, page.get_by_test_id("regenerate"), "Shift+Tab")
    await press("Enter")
    await (await led.exchange()).say("second")
    await expect(reply).to_contain_text("second")
    await expect(composer).to_be_focused()
    await tab_to(page, page.get_by_test_id("stop"))
    await expect(page.get_by_test_id("stop")).to_be_enabled()
    await press("Enter")
    await expect(reply).to_have_attribute("data-state", "stopped")
    await expect(composer).to_be_focused()

    # an edit that is given up, and one that is sent
    edit = page.get_by_test_id("edit")
    await tab_to(page, edit, "Shift+Tab")
    await press("Enter")
    await expect(page.get_by_test_id("edit-text")).to_be_focused()
    await press("Escape")
    await expect(edit).to_be_focused()
    await press("Enter")
    await page.get_by_test_id("edit-text").fill("Edited")
    await press("Enter")
    await expect(reply).to_contain_text("fourth")
    await expect(composer).to_be_focused()


async def test_a_retry_leaves_the_focus_in_the_composer(stack: Stack, model: ModelServer, page: Page) -> None:
    model.on("Try twice", refuse(401), tell("now it works"))
    await page.goto(stack.url)
    await expect(page.get_by_test_id("example").first).to_be_visible()
    await page.get_by_test_id("composer").fill("Try twice")
    await page.keyboard.press("Enter")
    await tab_to(page, page.get_by_test_id("retry"), "Shift+Tab")
    await page.keyboard.press("Enter")
    await expect(page.locator('[data-role="assistant"]')).to_contain_text("now it works")
    await expect(page.get_by_test_id("composer")).to_be_focused()
