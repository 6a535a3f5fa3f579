"""WebKitGTK, driven by WebDriver over HTTP (https://www.w3.org/TR/webdriver2/), on a screen of its own (Xvfb)."""

import asyncio
import json
import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx2

from launcher import ports
from tests.browsers.program import running
from tests.browsers.tab import Browser, Tab, call
from tests.support.waiting import PATIENCE, eventually

SCREEN = "1600x1200x24"
LIMITS = {"script": int(PATIENCE * 1000), "pageLoad": int(PATIENCE * 1000)}
WANTED = {"capabilities": {"alwaysMatch": {"timeouts": LIMITS}}}
CALL = """const done = arguments[0];
{call}.then((value) => done({{ value }}), (error) => done({{ error: String(error) }}));"""


class Session:
    """Sends commands, one at a time, because each goes to the window that was chosen before."""

    def __init__(self, http: httpx2.AsyncClient, path: str) -> None:
        self._http = http
        self._path = path
        self._alone = asyncio.Lock()

    async def call(self, method: str, path: str, body: Any = None, *, window: str = "") -> Any:
        """Run a command, in a window if one is named. Returns its value."""
        async with self._alone:
            if window:
                await command(self._http, "POST", f"{self._path}/window", {"handle": window})
            return await command(self._http, method, self._path + path, body)


async def command(http: httpx2.AsyncClient, method: str, path: str, body: Any = None) -> Any:
    """Send one command. Returns its value. Raises AssertionError with what the driver says against it."""
    response = await http.request(method, path, json=body if method == "GET" or body else {})
    value = response.json()["value"]
    assert response.is_success, f"{method} {path}: {value['error']}: {value['message']}"
    return value


class WebKitTab(Tab):
    """A window of the browser."""

    def __init__(self, session: Session, window: str) -> None:
        self._session = session
        self._window = window

    async def _call(self, method: str, path: str, body: Any = None) -> Any:
        return await self._session.call(method, path, body, window=self._window)

    async def evaluate(self, function: str, *arguments: Any) -> Any:
        script = CALL.format(call=call(function, arguments))
        answer = await self._call("POST", "/execute/async", {"script": script, "args": []})
        assert "error" not in answer, answer["error"]
        return json.loads(answer["value"]) if answer["value"] else None

    async def open(self, url: str) -> None:
        await self._call("POST", "/url", {"url": url})

    async def reload(self) -> None:
        await self._call("POST", "/refresh")

    async def go(self, delta: int) -> None:
        await self._call("POST", "/back" if delta < 0 else "/forward")

    async def act(self, actions: list[dict[str, Any]]) -> None:
        await self._call("POST", "/actions", {"actions": actions})

    async def resize(self, width: int, height: int) -> None:
        bars = await self.evaluate("() => [outerWidth - innerWidth, outerHeight - innerHeight]")
        rect = {"width": width + bars[0], "height": height + bars[1]}
        await self._call("POST", "/window/rect", rect)

    async def close(self) -> None:
        await self._call("DELETE", "/window")


class WebKit(Browser):
    """The MiniBrowser of WebKitGTK, which the driver starts."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session

    async def new_tab(self) -> Tab:
        made = await self._session.call("POST", "/window/new", {"type": "window"})
        tab = WebKitTab(self._session, made["handle"])
        await tab.resize(1280, 800)
        return tab


@asynccontextmanager
async def screen(folder: Path) -> AsyncIterator[str]:
    """Run a screen without hardware. Yields its name for DISPLAY."""
    assert shutil.which("Xvfb"), "Install Xvfb (Debian: xvfb)."
    reading, writing = os.pipe()
    try:
        words = ["-displayfd", str(writing), "-screen", "0", SCREEN, "-nolisten", "tcp"]
        async with running(folder, "Xvfb", *words, keep=(writing,)):
            number = await asyncio.to_thread(os.read, reading, 20)
            yield f":{number.decode().strip()}"
    finally:
        os.close(reading)
        os.close(writing)


@asynccontextmanager
async def webkit(folder: Path) -> AsyncIterator[Browser]:
    """Run WebKitGTK with a profile that is not stored."""
    assert shutil.which("WebKitWebDriver"), "Install WebKitGTK's driver (Debian: webkit2gtk-driver)."
    port = ports.several(1)[0]
    url = f"http://127.0.0.1:{port}"
    async with (
        screen(folder) as display,
        running(folder, "WebKitWebDriver", f"--port={port}", DISPLAY=display, GDK_BACKEND="x11"),
        httpx2.AsyncClient(base_url=url, timeout=2 * PATIENCE) as http,
    ):

        async def begun() -> str | None:
            try:
                answer = await command(http, "POST", "/session", WANTED)
            except httpx2.ConnectError:
                return None
            return str(answer["sessionId"])

        session_id = await eventually(begun)
        path = f"/session/{session_id}"
        yield WebKit(Session(http, path))
        await command(http, "DELETE", path)
