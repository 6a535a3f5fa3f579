"""Formulas and diagrams work under the page's own content security policy."""

from playwright.async_api import Page, expect

from tests.e2e.test_chat import send
from tests.support.model_server import Led, ModelServer, tell
from tests.support.stack import Stack

FORMULAS = (
    "Inline \\(e^{i\\pi} + 1 = 0\\), costs $5 and $10.\n\n"
    "\\[\n\\int_0^1 x^2\\,dx = \\frac{1}{3}\n\\]\n\nBroken: $\\frac{1}$."
)
DIAGRAM = "```mermaid\nflowchart LR\n  A[Browser] --> B{Queue}\n  B --> C[Worker]\n```\n"
BROKEN = "```mermaid\nflowchart LR\n  A[Browser --> ???\n```\n"


async def test_formulas_are_rendered_and_broken_ones_show_their_source(
    stack: Stack, model: ModelServer, page: Page
) -> None:
    model.on("Formulas, please", tell(FORMULAS))
    await page.goto(stack.url)
    await send(page, "Formulas, please")
    reply = page.locator('[data-role="assistant"]')
    await expect(reply.locator(".katex-display")).to_be_visible()
    await expect(reply.locator(".katex")).to_have_count(2)
    await expect(reply).to_contain_text("costs $5 and $10.")
    await expect(reply.locator(".formula-source")).to_have_text("\\frac{1}")
    font = "() => document.fonts.ready.then(() => [...document.fonts].filter((f) => f.status === 'loaded').length)"
    assert await page.evaluate(font) > 0


async def test_a_diagram_is_drawn_when_complete_and_follows_the_theme(
    stack: Stack, model: ModelServer, page: Page
) -> None:
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


async def test_a_plain_reply_fetches_no_formula_or_diagram_code(stack: Stack, model: ModelServer, page: Page) -> None:
    fetched: list[str] = []
    page.on("request", lambda request: fetched.append(request.url))
    model.on("Plain words", tell("Just **words** and `code`."))
    await page.goto(stack.url)
    await send(page, "Plain words")
    await expect(page.locator('[data-role="assistant"]')).to_have_attribute("data-state", "done")
    assert not [url for url in fetched if "typeset" in url or "katex" in url or "draw" in url or "highlight" in url]
