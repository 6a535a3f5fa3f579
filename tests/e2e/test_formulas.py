"""Formulas and diagrams work under the page's own content security policy."""

from playwright.async_api import Page, expect

from tests.e2e.test_chat import send
from tests.e2e.test_markdown import saved
from tests.support.model_server import Led, ModelServer, tell
from tests.support.stack import Stack

FORMULAS = (
    "Inline \\(e^{i\\pi} + 1 = 0\\), costs $5 and $10.\n\n"
    "\\[\n\\int_0^1 x^2\\,dx = \\frac{1}{3}\n\\]\n\nBroken: $\\frac{1}$."
)
DIAGRAM = "```mermaid\nflowchart LR\n  A[Browser] --> B{Queue}\n  B --> C[Worker]\n```\n"
PNG = b"\x89PNG\r\n"
BROKEN = "```mermaid\nflowchart LR\n  A[Browser --> ???\n```\n"


async def test_only_a_reply_with_formulas_loads_and_shows_them(stack: Stack, model: ModelServer, page: Page) -> None:
    fetched: list[str] = []
    page.on("request", lambda request: fetched.append(request.url))
    model.on("Plain words", tell("Just **words** and `code`."))
    await page.goto(stack.url)
    await send(page, "Plain words")
    reply = page.locator('[data-role="assistant"]').last
    await expect(reply).to_have_attribute("data-state", "done")
    assert not [url for url in fetched if "typeset" in url or "katex" in url or "draw" in url or "highlight" in url]

    # a broken one shows its source
    model.on("Formulas, please", tell(FORMULAS))
    await send(page, "Formulas, please")
    await expect(reply.locator(".katex-display")).to_be_visible()
    await expect(reply.locator(".katex")).to_have_count(2)
    await expect(reply).to_contain_text("costs $5 and $10.")
    await expect(reply.locator(".formula-source")).to_have_text("\\frac{1}")
    font = "() => document.fonts.ready.then(() => [...document.fonts].filter((f) => f.status === 'loaded').length)"
    assert await page.evaluate(font) > 0


async def test_a_diagram_follows_the_theme_is_zoomed_and_saved(stack: Stack, model: ModelServer, page: Page) -> None:
    led = Led()
    model.on("A diagram, please", led)
    await page.emulate_media(color_scheme="light")
    await page.goto(stack.url)
    await send(page, "A diagram, please")
    exchange = await led.exchange()
    await exchange.say(DIAGRAM[:-4])
    reply = page.locator('[data-role="assistant"]')
    await expect(reply.locator("pre")).to_contain_text("A[Browser]")
    await exchange.say(DIAGRAM[-4:], "\n", BROKEN)
    await led.finish()
    picture = reply.locator(".diagram img")
    await expect(picture).to_be_visible()
    light = await picture.get_attribute("src")
    assert await picture.evaluate("(image) => image.decode().then(() => image.naturalWidth)") > 100
    await expect(reply.locator("pre")).to_contain_text("A[Browser -->")
    await page.emulate_media(color_scheme="dark")
    await expect(picture).not_to_have_attribute("src", str(light))

    opener = page.get_by_test_id("enlarge-diagram")
    await opener.click()
    view = page.get_by_test_id("large-view")
    await expect(view).to_be_visible()
    scale = view.locator(".zoom-scale")
    await page.keyboard.press("+")
    await expect(scale).to_have_text("125 %")
    await page.mouse.move(640, 400)
    await page.mouse.wheel(0, -200)
    await expect(scale).not_to_have_text("125 %")
    enlarged = view.locator("img")
    before = await enlarged.bounding_box()
    await page.mouse.down()
    await page.mouse.move(700, 430)
    await page.mouse.up()
    after = await enlarged.bounding_box()
    assert before
    assert after
    assert (round(after["x"] - before["x"]), round(after["y"] - before["y"])) == (60, 30)
    await page.keyboard.press("0")
    await expect(scale).to_have_text("100 %")

    name, content = await saved(page, view.get_by_test_id("save-svg"))
    assert (name, content[:4]) == ("diagram.svg", b"<svg")
    name, content = await saved(page, view.get_by_test_id("save-png"))
    assert (name, content[: len(PNG)]) == ("diagram.png", PNG)
    await page.keyboard.press("Escape")
    await expect(view).to_have_count(0)
    await expect(opener).to_be_focused()
