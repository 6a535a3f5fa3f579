"""The keyboard, the layout and the looks of the page in Firefox and WebKit."""

from tests.browsers.page import COMPOSER, REPLY, has, holds, reaches, send, shows, style
from tests.browsers.tab import Tab
from tests.support.model_server import Led, ModelServer, tell
from tests.support.stack import Stack

LONG = f"`{'a_long_name_' * 20}`\n\n| {' | '.join('abcdefghijkl')} |\n|{'---|' * 12}\n\n```js\n{'x' * 300}\n```\n"
ARABIC = "# مقدمة\n\n- العنصر الأول\n\nEnglish words.\n"
NARROW = 480
FOCUSED = "(selector) => document.activeElement?.matches(selector)"
OVERFLOW = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"


async def test_a_chat_works_by_keyboard_alone(stack: Stack, model: ModelServer, tab: Tab) -> None:
    led = Led()
    model.on("By these keys", led, tell("another reply"))
    await tab.open(stack.url)
    await shows(tab, "[data-testid=example]")
    await tab.press("Alt", "i")
    await holds(tab, FOCUSED, COMPOSER)
    await tab.type("By these keys")
    await tab.press("Enter")
    await (await led.exchange()).say("as far as this")
    await shows(tab, REPLY, "as far as this")
    await tab.press("Escape")
    await reaches(tab, "stopped")
    for _ in range(60):
        if await tab.evaluate(FOCUSED, "[data-testid=regenerate]"):
            break
        await tab.press("Shift", "Tab")
    await tab.press("Enter")
    await shows(tab, REPLY, "another reply")
    await reaches(tab, "done")
    await tab.press("Control", "k")
    await holds(tab, FOCUSED, "[data-testid=palette-field]")
    await tab.press("Escape")
    await has(tab, "[data-testid=palette-field]", 0)
    await tab.press("Alt", "n")
    await has(tab, REPLY, 0)
    await holds(tab, FOCUSED, COMPOSER)


async def test_nothing_is_wider_than_a_phone(stack: Stack, model: ModelServer, tab: Tab) -> None:
    """The window of WebKitGTK's browser cannot be as narrow as a phone, because of its toolbar."""
    model.on("Long lines", tell(LONG))
    await tab.resize(390, 844)
    await tab.open(stack.url)
    await shows(tab, "[data-testid=example]")
    assert await tab.evaluate("() => innerWidth") < NARROW
    assert await tab.evaluate(OVERFLOW) == 0
    await send(tab, "Long lines")
    await reaches(tab, "done")
    assert await tab.evaluate(OVERFLOW) == 0


async def test_arabic_is_laid_out_from_right_to_left(stack: Stack, model: ModelServer, tab: Tab) -> None:
    model.on("ما هي الآن؟", tell(ARABIC))
    await tab.open(stack.url)
    await send(tab, "ما هي الآن؟")
    await reaches(tab, "done")
    for part in (".question p", ".reply h1", ".reply ul"):
        assert await style(tab, part, "direction") == "rtl", part
    assert await style(tab, ".reply p", "direction") == "ltr"


async def test_the_dark_theme_is_dark(stack: Stack, tab: Tab) -> None:
    await tab.open(stack.url)
    await tab.evaluate("() => localStorage.setItem('holdfast.theme', 'dark')")
    await tab.reload()
    await shows(tab, "[data-testid=example]")
    assert await style(tab, "html", "colorScheme") == "dark"
