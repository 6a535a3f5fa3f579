"""A tab of a browser that speaks WebDriver: the commands that both protocols have, and what is made of them."""

import json
from abc import ABC, abstractmethod
from typing import Any

from tests.support.waiting import eventually

KEYS = {
    "Shift": "\ue008",
    "Control": "\ue009",
    "Alt": "\ue00a",
    "Tab": "\ue004",
    "Enter": "\ue007",
    "Escape": "\ue00c",
    "ArrowUp": "\ue013",
    "ArrowDown": "\ue015",
}
"""Names of keys and their characters (https://www.w3.org/TR/webdriver2/#keyboard-actions)."""

MIDDLE = """async (selector) => {
    const element = [...document.querySelectorAll(selector)].filter((each) => each.checkVisibility()).at(-1);
    if (!element || element.disabled || element.ariaDisabled === "true") return null;
    element.scrollIntoView({ block: "nearest" });
    const place = () => {
        const { x, y, width, height } = element.getBoundingClientRect();
        return { x: Math.round(x + width / 2), y: Math.round(y + height / 2) };
    };
    const before = place();
    await new Promise((done) => setTimeout(done, 50));
    const { x, y } = place();
    const hit = document.elementFromPoint(x, y);
    const rests = before.x === x && before.y === y;
    return rests && hit && (element.contains(hit) || hit.contains(element)) ? { x, y } : null;
}"""
"""The middle of the last visible element in the viewport, once it rests and nothing covers it; null until then."""


class Tab(ABC):
    """One tab, in a window of its own, so that the browser takes it for visible."""

    @abstractmethod
    async def evaluate(self, function: str, *arguments: Any) -> Any:
        """Call a JavaScript function in the page. Returns its value, or what its promise resolves to, as JSON."""

    @abstractmethod
    async def open(self, url: str) -> None:
        """Load an address and wait until it is loaded."""

    @abstractmethod
    async def reload(self) -> None: ...

    @abstractmethod
    async def go(self, delta: int) -> None:
        """Go back (-1) or forward (1) in the tab's history."""

    @abstractmethod
    async def act(self, actions: list[dict[str, Any]]) -> None:
        """Perform actions of a pointer or of keys (https://www.w3.org/TR/webdriver2/#actions)."""

    @abstractmethod
    async def resize(self, width: int, height: int) -> None:
        """Give the page, without the browser's own bars, this size in pixels."""

    @abstractmethod
    async def close(self) -> None: ...

    async def click(self, selector: str) -> None:
        """Click on the last visible element, as soon as it rests, is enabled, and nothing covers it."""

        async def middle() -> dict[str, int] | None:
            found: dict[str, int] | None = await self.evaluate(MIDDLE, selector)
            return found

        at = await eventually(middle)
        assert at
        move = {"type": "pointerMove", "duration": 0, "origin": "viewport", **at}
        steps = [move, {"type": "pointerDown", "button": 0}, {"type": "pointerUp", "button": 0}]
        await self.act([{"type": "pointer", "id": "mouse", "actions": steps}])

    async def press(self, *keys: str) -> None:
        """Press keys together: names of `KEYS` or characters."""
        values = [KEYS.get(key, key) for key in keys]
        down = [{"type": "keyDown", "value": value} for value in values]
        up = [{"type": "keyUp", "value": value} for value in reversed(values)]
        await self.act([{"type": "key", "id": "keys", "actions": [*down, *up]}])

    async def type(self, text: str) -> None:
        """Type characters one after another."""
        steps = [{"type": kind, "value": letter} for letter in text for kind in ("keyDown", "keyUp")]
        await self.act([{"type": "key", "id": "keys", "actions": steps}])


def call(function: str, arguments: tuple[Any, ...]) -> str:
    """JavaScript that calls the function and resolves to its value as JSON, an empty text for none."""
    return f"Promise.resolve(({function})(...{json.dumps(arguments)})).then((it) => JSON.stringify(it) ?? '')"


class Browser(ABC):
    """A running browser with one profile. `errors`: uncaught errors of its pages, where the protocol reports them."""

    def __init__(self) -> None:
        self.errors: list[str] = []

    @abstractmethod
    async def new_tab(self) -> Tab: ...
