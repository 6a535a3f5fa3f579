"""On a phone nothing that matters is cut or covered."""

from playwright.async_api import Browser, Page, expect

from tests.support.stack import Stack

CUT_NAMES = """() => [...document.querySelectorAll('.persona-name')]
  .filter((name) => name.scrollHeight > name.clientHeight + 1 || name.scrollWidth > name.clientWidth)
  .map((name) => name.textContent)"""
RING_SPACE = """(tab) => tab.getBoundingClientRect().top - tab.parentElement.getBoundingClientRect().top"""


async def box(page: Page, test_id: str) -> tuple[float, float]:
    """Returns the upper and the lower edge of an element."""
    found = await page.get_by_test_id(test_id).bounding_box()
    assert found
    return found["y"], found["y"] + found["height"]


async def test_a_phone_shows_cards_and_the_form_whole(stack: Stack, browser: Browser) -> None:
    context = await browser.new_context(
        locale="en-US",
        viewport={"width": 390, "height": 844},
        has_touch=True,
        is_mobile=True,
        reduced_motion="reduce",
        service_workers="block",
    )
    page = await context.new_page()
    await page.goto(stack.url)
    cards = page.get_by_test_id("persona-card")
    await expect(cards).to_have_count(3)
    edges = [found for card in await cards.all() if (found := await card.bounding_box())]
    assert len({(round(edge["width"]), round(edge["height"])) for edge in edges}) == 1
    assert edges[-1]["x"] + edges[-1]["width"] < 390
    assert await page.evaluate(CUT_NAMES) == []

    await page.get_by_test_id("open-sidebar").click()
    await page.get_by_test_id("settings").click()
    tab = page.get_by_test_id("settings-personas")
    assert await tab.evaluate(RING_SPACE) >= 4, "the ring around a tab has room"
    await tab.click()
    await page.get_by_test_id("new-persona").click()
    for field in ("persona-name", "persona-welcome", "persona-prompt"):
        await page.get_by_test_id(field).focus()
        foot, end = await box(page, "save-persona")
        assert (await box(page, field))[1] < foot, f"the buttons cover {field}"
        assert end < 844
    await context.close()
