"""`make reading`: writes down what a screen reader has of a reply while it is written, into .holdfast/reading.txt.

Two things, over time: the accessibility tree of the conversation, as text, whenever it has changed; and what the live
regions of the page announce.
"""

import asyncio
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.async_api import Page, async_playwright, expect

from launcher import valkey
from tests.e2e.conftest import launch
from tests.support.model_server import Led, refuse
from tests.support.stack import Stack, run_stack

FILE = Path(".holdfast/reading.txt")
PIECES = (
    "# Keeping promises\n\n",
    "A queue **keeps** what it was given.\n\n",
    "- It is claimed once.\n- It is written once.\n\n",
    "```python\nclaim(job)\n```\n\n",
    "| step | seconds |\n|---|---|\n| open | 2 |\n\n",
    "$$\nx^2 + 1\n$$\n\n",
    "That is all.",
)
LISTEN = """() => {
    window.said = [];
    const regions = "[role=status], [role=alert], [aria-live=polite], [aria-live=assertive], output";
    const last = new Map();
    const look = () => {
        for (const region of document.querySelectorAll(regions)) {
            const text = region.textContent.trim();
            if (region.closest("[aria-live=off]") || text === (last.get(region) ?? "")) continue;
            last.set(region, text);
            if (text) window.said.push(text);
        }
    };
    const start = () => new MutationObserver(look).observe(document, {
        subtree: true, childList: true, characterData: true,
    });
    start();
}"""
"""Collects what each live region says, whenever that changes."""

LEAVES = {"button", "checkbox", "link", "menuitem", "radio", "textbox", "combobox", "DisclosureTriangle"}
"""What is read as its role and its name, without its children."""
NAMED = {"article", "figure", "group", "image", "img", "list", "log", "math", "MathMLMath", "region", "table"}
PASSED = {"generic", "none", "InlineTextBox", "ListMarker", "paragraph", "strong", "emphasis", "time", "rowgroup"}
"""What is not read itself."""


@dataclass(frozen=True)
class Node:
    """A node of the accessibility tree that is not ignored."""

    role: str
    name: str
    level: str
    children: list["Node"] = field(default_factory=list)

    def lines(self, depth: int = 0) -> Iterator[str]:
        """The lines that are read, indented by depth."""
        words = self._words()
        if words:
            yield "  " * depth + words
        if self.role not in LEAVES:
            for child in self.children:
                yield from child.lines(depth + bool(words and self.role != "StaticText"))

    def roles(self) -> set[str]:
        """The roles of what is read, without those within a formula."""
        if self.role in ("StaticText", "MathMLMath"):
            return set()
        below = [] if self.role in LEAVES else self.children
        return ({self.role} - PASSED).union(*(child.roles() for child in below))

    def _words(self) -> str:
        if self.role == "StaticText":
            return self.name.strip()
        name = f": {self.name}" if self.name and self.role in LEAVES | NAMED else ""
        return "" if self.role in PASSED else f"{self.role}{self.level}{name}"


async def tree_of(page: Page, role: str) -> Node:
    """The first node with this role, from the browser's own accessibility tree."""
    session = await page.context.new_cdp_session(page)
    try:
        found = (await session.send("Accessibility.getFullAXTree"))["nodes"]
    finally:
        await session.detach()
    by_id = {node["nodeId"]: node for node in found}
    top = next(node for node in found if not node["ignored"] and node["role"]["value"] == role)
    return _node(top, by_id)


def _node(raw: dict[str, Any], by_id: dict[str, dict[str, Any]]) -> Node:
    levels = [each["value"]["value"] for each in raw.get("properties", []) if each["name"] == "level"]
    levels = levels if raw["role"]["value"] == "heading" else []
    children = [each for child in raw.get("childIds", []) for each in _kept(child, by_id)]
    level = f" {levels[0]}" if levels else ""
    return Node(raw["role"]["value"], raw.get("name", {}).get("value", ""), level, children)


def _kept(node_id: str, by_id: dict[str, dict[str, Any]]) -> Iterator[Node]:
    """The node, or the nodes below it where it is ignored."""
    raw = by_id.get(node_id)
    if raw is None:
        return
    if not raw["ignored"]:
        yield _node(raw, by_id)
        return
    for child in raw.get("childIds", []):
        yield from _kept(child, by_id)


class Reading:
    """Collects what changes from one moment to the next."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.text: list[str] = []
        self.announced: list[str] = []
        self.tree: list[str] = []
        self.roles: set[str] = set()

    async def note(self, moment: str) -> None:
        """Note what was announced since the last moment, and the conversation if it has changed."""
        said: list[str] = await self.page.evaluate("() => window.said.splice(0)")
        top = await tree_of(self.page, "log")
        tree = list(top.lines())
        self.roles |= top.roles()
        self.announced += said
        self.text.append(f"\n== {moment}")
        self.text += [f"announced: {' / '.join(each.splitlines())}" for each in said]
        if tree != self.tree:
            self.text += tree
        self.tree = tree


async def read_reply(page: Page, stack: Stack, note: Callable[[str], Any]) -> None:
    """Ask, and let the model write piece by piece; `note` is awaited after each."""
    reply = page.locator('[data-role="assistant"]').last
    led = Led()
    stack.model.on("How does it keep promises?", led)
    await page.get_by_test_id("composer").fill("How does it keep promises?")
    await page.get_by_test_id("send").click()
    exchange = await led.exchange()
    await expect(reply).to_be_visible()
    await note("asked")
    shown = ("promises", "given", "written once", "claim(job)", "open", "x", "all.")
    for piece, word in zip(PIECES, shown, strict=True):
        await exchange.say(piece)
        await expect(reply).to_contain_text(word)
        await note(f"written: {word}")
    await led.finish()
    await expect(reply).to_have_attribute("data-state", "done")
    await expect(reply.locator(".formula math")).to_be_attached()
    await expect(page.get_by_test_id("announcer")).not_to_be_empty()
    await note("done")


async def read_ends(page: Page, stack: Stack, note: Callable[[str], Any]) -> None:
    """Have a reply stopped, and another fail."""
    reply = page.locator('[data-role="assistant"]').last
    led = Led()
    stack.model.on("Stop this", led)
    stack.model.on("Fail at this", refuse(401))
    await page.get_by_test_id("composer").fill("Stop this")
    await page.get_by_test_id("send").click()
    await (await led.exchange()).say("As far as this")
    await expect(reply).to_contain_text("As far as this")
    await page.get_by_test_id("stop").click()
    await expect(reply).to_have_attribute("data-state", "stopped")
    await note("stopped")
    await page.get_by_test_id("composer").fill("Fail at this")
    await page.get_by_test_id("send").click()
    await expect(reply).to_have_attribute("data-state", "failed")
    await note("failed")


async def reading_of(page: Page, stack: Stack) -> Reading:
    """The whole reading: a reply that is written, one that is stopped, one that fails."""
    await page.add_init_script(f"({LISTEN})()")
    await page.goto(stack.url)
    await expect(page.get_by_test_id("example").first).to_be_visible()
    reading = Reading(page)
    await read_reply(page, stack, reading.note)
    await read_ends(page, stack, reading.note)
    return reading


async def read() -> str:
    """The whole reading as text, on a stack of its own."""
    with tempfile.TemporaryDirectory() as temporary, valkey.running(Path(temporary)) as url:
        async with run_stack(url, Path(temporary)) as stack, async_playwright() as playwright:
            browser = await launch(playwright)
            reading = await reading_of(await browser.new_page(locale="en-US"), stack)
            await browser.close()
    return "\n".join(reading.text).strip() + "\n"


if __name__ == "__main__":
    text = asyncio.run(read())
    FILE.parent.mkdir(exist_ok=True)
    FILE.write_text(text, "utf-8")
    sys.stdout.write(text)
