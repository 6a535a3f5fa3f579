"""The look of the page holds on low, printed, turned and colour-forced screens."""

from playwright.async_api import Locator, Page, expect

from tests.support.model_server import ModelServer, tell
from tests.support.stack import Stack

LOW = ((390, 664), (1280, 600), (844, 390), (390, 380))
ARABIC = "# مقدمة\n\n- العنصر الأول\n\n| الاسم |\n|---|\n| ألفا |\n\nEnglish words.\n\n```js\n1\n```\n"

DOCK_WIDTH = "() => document.querySelector('.dock').getBoundingClientRect().width"
SHIFTS = """() => new Promise((done) => {
    new PerformanceObserver((list) => done(list.getEntries().reduce((sum, { value }) => sum + value, 0)))
        .observe({ type: "layout-shift", buffered: true });
    requestAnimationFrame(() => requestAnimationFrame(() => done(0)));
})"""


async def top_of(place: Locator) -> float:
    box = await place.bounding_box()
    assert box is not None
    return box["y"]


async def style_of(place: Locator, name: str) -> str:
    return str(await place.evaluate("(element, name) => getComputedStyle(element)[name]", name))


async def ask(page: Page, text: str) -> None:
    await page.get_by_test_id("composer").fill(text)
    await page.get_by_test_id("send").click()
    await page.wait_for_url("**/s/*")
    await expect(page.locator('[data-role="assistant"]').last).to_have_attribute("data-state", "done")


async def test_an_empty_page_fits_low_screens_and_preferences(stack: Stack, page: Page) -> None:
    await page.goto(stack.url)
    await expect(page.get_by_test_id("example").first).to_be_visible()
    # The heading is centred: its face, when it arrives, may be a few pixels wider than the one before it.
    assert await page.evaluate(SHIFTS) < 0.002
    for width, height in LOW:
        await page.set_viewport_size({"width": width, "height": height})
        assert await page.locator(".chat").evaluate("(box) => box.scrollTop") == 0
        assert await top_of(page.get_by_role("heading", level=1)) >= await top_of(page.locator(".chat"))
        await expect(page.get_by_test_id("composer")).to_be_in_viewport(ratio=1)

    # preferences change how the page is set
    await page.set_viewport_size({"width": 1280, "height": 800})
    for name, value in (("textSize", "large"), ("width", "wide")):
        before = await page.evaluate(DOCK_WIDTH)
        await page.evaluate("([name, value]) => (document.documentElement.dataset[name] = value)", [name, value])
        assert await page.evaluate(DOCK_WIDTH) > before
        await page.evaluate("(name) => delete document.documentElement.dataset[name]", name)


async def test_a_suggestion_fills_the_composer_and_waits(stack: Stack, model: ModelServer, page: Page) -> None:
    await page.goto(stack.url)
    await page.get_by_test_id("persona-card").nth(1).click()
    await expect(page.get_by_role("radio").nth(1)).to_be_checked()
    suggestion = page.get_by_test_id("example").first
    question = await suggestion.inner_text()
    await suggestion.click()
    composer = page.get_by_test_id("composer")
    await expect(composer).to_have_value(question)
    await expect(composer).to_be_focused()
    assert "/s/" not in page.url

    middle = await top_of(composer)
    model.on(question, tell("Because."))
    await composer.press("Enter")
    await expect(page.locator('[data-role="assistant"]')).to_have_attribute("data-state", "done")
    await expect(page.locator(".welcome, .welcome-choices")).to_have_count(0)
    await page.locator(".dock").evaluate("(dock) => Promise.all(dock.getAnimations().map(({ finished }) => finished))")
    assert await top_of(composer) > middle


async def test_paper_and_forced_colours_show_what_matters(stack: Stack, model: ModelServer, page: Page) -> None:
    model.on("Print this", tell("A [link](https://example.org/there).\n\n" + "A paragraph.\n\n" * 60))
    await page.emulate_media(color_scheme="dark")
    await page.goto(stack.url)
    await ask(page, "Print this")
    await page.emulate_media(media="print", color_scheme="dark")
    for part in (".sidebar", ".header", ".dock", ".actions"):
        await expect(page.locator(part).first).to_be_hidden()
    assert await page.evaluate("document.documentElement.scrollHeight") > 1000
    assert await style_of(page.locator(".reply .bubble"), "color") == "rgb(29, 36, 34)"
    link = "(link) => getComputedStyle(link, '::after').content"
    assert "example.org/there" in await page.locator(".reply a").evaluate(link)

    # forced colours: what is chosen or disabled is said by outlines
    await page.emulate_media(media="screen", color_scheme="light", forced_colors="active")
    assert await style_of(page.locator(".session.current"), "outlineStyle") == "solid"
    assert await style_of(page.locator(".question .bubble"), "borderTopStyle") == "solid"
    assert await style_of(page.get_by_test_id("send"), "borderTopStyle") == "dashed"
    await page.get_by_test_id("composer").fill("More")
    assert await style_of(page.get_by_test_id("send"), "borderTopStyle") == "solid"


async def test_arabic_is_laid_out_from_right_to_left(stack: Stack, model: ModelServer, page: Page) -> None:
    model.on("ما هي؟", tell(ARABIC))
    await page.goto(stack.url)
    await page.get_by_test_id("composer").fill("ما هي؟")
    assert await style_of(page.get_by_test_id("composer"), "direction") == "rtl"
    await ask(page, "ما هي؟")
    for part in (".question p", ".reply h1", ".reply ul", ".reply table"):
        await expect(page.locator(part)).to_have_css("direction", "rtl")
    for part in (".reply p", ".reply .code"):
        await expect(page.locator(part)).to_have_css("direction", "ltr")
