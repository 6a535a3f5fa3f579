"""What a person does on the page and sees of it, in any browser."""

from typing import Any

from tests.browsers.tab import Tab
from tests.support.waiting import eventually

COMPOSER = "[data-testid=composer]"
CONNECTION = "[data-testid=connection]"
MARKDOWN = "[data-role=assistant] .markdown"
REPLY = "[data-role=assistant]"
SEND = "[data-testid=send]"
STOP = "[data-testid=stop]"
UNSENT = "[data-testid=unsent-question]"

TEXTS = "(selector) => [...document.querySelectorAll(selector)].map((element) => element.innerText.trim())"
STYLE = "(selector, name) => getComputedStyle(document.querySelector(selector))[name]"
STORED = """async () => {
    const id = location.pathname.split("/s/")[1];
    return (await (await fetch(`/api/chat/history?session_id=${id}`)).json()).messages.map(({ content }) => content);
}"""


async def texts(tab: Tab, selector: str) -> list[str]:
    """The texts of all matching elements, as they are shown."""
    found: list[str] = await tab.evaluate(TEXTS, selector)
    return found


async def style(tab: Tab, selector: str, name: str) -> str:
    """A computed style of the first matching element."""
    return str(await tab.evaluate(STYLE, selector, name))


async def stored(tab: Tab) -> list[str]:
    """The texts of the stored messages of the conversation that the tab shows."""
    found: list[str] = await tab.evaluate(STORED)
    return found


async def holds(tab: Tab, function: str, *arguments: Any) -> None:
    """Wait until a JavaScript function returns something truthy in the page."""
    await eventually(lambda: tab.evaluate(function, *arguments))


async def shows(tab: Tab, selector: str, text: str = "") -> None:
    """Wait until the last matching element is there and contains the text."""
    contains = "(selector, text) => [...document.querySelectorAll(selector)].at(-1)?.innerText.includes(text)"
    await holds(tab, contains, selector, text)


async def has(tab: Tab, selector: str, count: int) -> None:
    """Wait until exactly so many elements match."""
    await holds(tab, "(selector, count) => document.querySelectorAll(selector).length === count", selector, count)


async def reaches(tab: Tab, state: str) -> None:
    """Wait until the last reply is in a state."""
    last = "(selector, state) => [...document.querySelectorAll(selector)].at(-1)?.dataset.state === state"
    await holds(tab, last, REPLY, state)


async def send(tab: Tab, text: str) -> None:
    """Type a question and send it by the button."""
    await tab.click(COMPOSER)
    await tab.type(text)
    await holds(tab, "(selector, text) => document.querySelector(selector).value === text", COMPOSER, text)
    await tab.click(SEND)
