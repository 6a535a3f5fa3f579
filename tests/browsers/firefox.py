"""Firefox, driven by WebDriver BiDi, which it speaks itself (https://w3c.github.io/webdriver-bidi/)."""

import asyncio
import itertools
import json
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp

from launcher import ports
from tests.browsers.program import running
from tests.browsers.tab import Browser, Tab, call
from tests.support.waiting import eventually

PREFERENCES = {
    "browser.shell.checkDefaultBrowser": False,
    "browser.startup.page": 0,
    "datareporting.policy.dataSubmissionEnabled": False,
    "intl.accept_languages": "en-US",
}
"""What is set besides the preferences that Firefox itself sets for a remote control."""


class Connection:
    """Sends commands, several at once, and collects uncaught errors of pages."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse, errors: list[str]) -> None:
        self._socket = socket
        self._errors = errors
        self._numbers = itertools.count(1)
        self._waiting: dict[int, asyncio.Future[dict[str, Any]]] = {}

    async def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Run a command. Returns its result. Raises AssertionError with what the browser says against it."""
        number = next(self._numbers)
        waiting = self._waiting[number] = asyncio.get_running_loop().create_future()
        await self._socket.send_str(json.dumps({"id": number, "method": method, "params": parameters}))
        answer = await waiting
        assert answer["type"] == "success", f"{method}: {answer.get('error')}: {answer.get('message')}"
        result: dict[str, Any] = answer["result"]
        return result

    async def receive(self) -> None:
        """Hand answers to their callers until the browser closes the connection."""
        async for message in self._socket:
            received = json.loads(message.data)
            if received["type"] == "event":
                self._note(received["params"])
            elif answered := self._waiting.pop(received["id"] or 0, None):
                answered.set_result(received)
        for waiting in self._waiting.values():
            waiting.set_exception(ConnectionError("the browser has ended"))

    def _note(self, entry: dict[str, Any]) -> None:
        if entry.get("type") == "javascript" and entry.get("level") == "error":
            self._errors.append(str(entry["text"]))


class FirefoxTab(Tab):
    """A browsing context."""

    def __init__(self, connection: Connection, context: str) -> None:
        self._connection = connection
        self._context = context

    async def evaluate(self, function: str, *arguments: Any) -> Any:
        expression, target = call(function, arguments), {"context": self._context}
        found = await self._connection.call("script.evaluate", expression=expression, target=target, awaitPromise=True)
        assert found["type"] == "success", found["exceptionDetails"]["text"]
        value = found["result"]["value"]
        return json.loads(value) if value else None

    async def open(self, url: str) -> None:
        await self._connection.call("browsingContext.navigate", context=self._context, url=url, wait="complete")

    async def reload(self) -> None:
        await self._connection.call("browsingContext.reload", context=self._context, wait="complete")

    async def go(self, delta: int) -> None:
        await self._connection.call("browsingContext.traverseHistory", context=self._context, delta=delta)

    async def act(self, actions: list[dict[str, Any]]) -> None:
        await self._connection.call("input.performActions", context=self._context, actions=actions)

    async def resize(self, width: int, height: int) -> None:
        viewport = {"width": width, "height": height}
        await self._connection.call("browsingContext.setViewport", context=self._context, viewport=viewport)

    async def close(self) -> None:
        await self._connection.call("browsingContext.close", context=self._context)


class Firefox(Browser):
    """Firefox without windows on the screen."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        super().__init__()
        self.connection = Connection(socket, self.errors)

    async def new_tab(self) -> Tab:
        made = await self.connection.call("browsingContext.create", type="window")
        tab = FirefoxTab(self.connection, made["context"])
        await tab.resize(1280, 800)
        return tab


@asynccontextmanager
async def firefox(folder: Path) -> AsyncIterator[Browser]:
    """Run Firefox with a new profile in the folder."""
    program = shutil.which("firefox-esr") or shutil.which("firefox")
    assert program, "Install Firefox (Debian: firefox-esr)."
    profile = folder / "profile"
    profile.mkdir()
    lines = [f"user_pref({json.dumps(name)}, {json.dumps(value)});\n" for name, value in PREFERENCES.items()]
    (profile / "user.js").write_text("".join(lines), "utf-8")
    port = ports.several(1)[0]
    words = ["--headless", "--no-remote", "--profile", str(profile), "--remote-debugging-port", str(port)]
    async with running(folder, program, *words), aiohttp.ClientSession() as http:

        async def connected() -> aiohttp.ClientWebSocketResponse | None:
            try:
                return await http.ws_connect(f"ws://127.0.0.1:{port}/session", max_msg_size=0)
            except aiohttp.ClientError:
                return None

        socket = await eventually(connected)
        assert socket
        browser = Firefox(socket)
        receiving = asyncio.create_task(browser.connection.receive())
        await browser.connection.call("session.new", capabilities={})
        await browser.connection.call("session.subscribe", events=["log.entryAdded"])
        yield browser
        await browser.connection.call("browser.close")
        await receiving
