"""On a phone nothing that matters is cut or covered, and what a finger presses is large enough."""

from playwright.async_api import Page, expect

from tests.e2e.profiles import Profiles
from tests.e2e.scene import WIDTHS
from tests.e2e.test_chat import send
from tests.support.model_server import ModelServer, tell
from tests.support.stack import Stack

PHONE = 390
# 44 px: WCAG 2.5.5. A panel that is still moving may be less by a part of a thousandth.
SMALL_TARGETS = """() => [...document.querySelectorAll("button, summary, textarea, .session > a, label:has(input)")]
    .filter((one) => one.checkVisibility({ visibilityProperty: true }) && !one.closest("[inert]"))
    .filter((one) => !one.matches(".visually-hidden, .scrim"))
    .map((one) => [one, one.getBoundingClientRect()])
    .filter(([one, box]) => box.right > 0 && (box.height < 43.9 || (one.matches("button") && box.width < 43.9)))
    .map(([one, box]) => `${one.className || one.tagName} ${one.ariaLabel ?? ""} ${box.width} x ${box.height}`)"""
CUT_NAMES = """() => [...document.querySelectorAll('.persona-name')]
  .filter((name) => name.scrollHeight > name.clientHeight + 1 || name.scrollWidth > name.clientWidth)
  .map((name) => name.textContent)"""
RING_SPACE = """(tab) => tab.getBoundingClientRect().top - tab.parentElement.getBoundingClientRect().top"""


async def box(page: Page, test_id: str) -> tuple[float, float]:
    """Returns the upper and the lower edge of an element."""
    found = await page.get_by_test_id(test_id).bounding_box()
    assert found
    return found["y"], found["y"] + found["height"]


async def test_a_phone_shows_targets_that_are_large_enough(
    stack: Stack, model: ModelServer, profiles: Profiles
) -> None:
    size = {"width": PHONE, "height": WIDTHS[PHONE]}
    touched = {"viewport": size, "has_touch": True, "is_mobile": True}
    async with profiles.context(locale="en-US", reduced_motion="reduce", **touched) as context:
        page = await context.new_page()
        await page.goto(stack.url)
        await assert_cards_are_whole(page)
        assert await page.evaluate(SMALL_TARGETS) == []
        model.on("Touch this", tell("Some text.\n\n```js\n1\n```\n"))
        await send(page, "Touch this")
        await expect(page.locator('[data-role="assistant"]')).to_have_attribute("data-state", "done")
        await page.get_by_test_id("open-sidebar").click()
        await expect(page.get_by_test_id("session").first).to_be_visible()
        assert await page.evaluate(SMALL_TARGETS) == []
        await page.get_by_test_id("settings").click()
        await assert_form_is_whole(page)


async def assert_cards_are_whole(page: Page) -> None:
    cards = page.get_by_test_id("persona-card")
    await expect(cards).to_have_count(3)
    edges = [found for card in await cards.all() if (found := await card.bounding_box())]
    assert len({(round(edge["width"]), round(edge["height"])) for edge in edges}) == 1
    assert edges[-1]["x"] + edges[-1]["width"] < PHONE
    assert await page.evaluate(CUT_NAMES) == []


async def assert_form_is_whole(page: Page) -> None:
    tab = page.get_by_test_id("settings-personas")
    assert await tab.evaluate(RING_SPACE) >= 4, "the ring around a tab has room"
    await tab.click()
    await page.get_by_test_id("new-persona").click()
    for field in ("persona-name", "persona-welcome", "persona-prompt"):
        await page.get_by_test_id(field).focus()
        foot, end = await box(page, "save-persona")
        assert (await box(page, field))[1] < foot, f"the buttons cover {field}"
        assert end < WIDTHS[PHONE]
