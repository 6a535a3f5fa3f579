"""`make movie`: films how a reply goes on after its worker was killed, for the READMEs.

Runs the launcher with its own model in a folder of its own, and the built page in a real browser.
"""

import asyncio
import io
import os
import signal
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import pairwise
from pathlib import Path

from PIL import Image
from playwright.async_api import Page, ViewportSize, async_playwright, expect

from launcher import ports
from tests.e2e.conftest import launch

ROOT = Path(__file__).parents[2]
MOVIE = ROOT / "docs" / "images" / "plug.webp"
SIZE: ViewportSize = {"width": 960, "height": 600}
FRAME_SECONDS = 0.16
LAST_SECONDS = 3.0
QUALITY = 55
LARGEST = 1_500_000
QUESTION = "Tell me a long story about a lighthouse keeper and a storm."
"""In English, as the page is: the demo model knows only that."""

SHOWN_BEFORE, SHOWN_AFTER = 260, 260
"""Characters of the reply before the worker is killed, and after another one goes on."""

LENGTH = "() => document.querySelector('[data-role=assistant] .markdown')?.textContent.length ?? 0"


@asynccontextmanager
async def holdfast(folder: Path) -> AsyncIterator[str]:
    """Runs the launcher inside the `with` block. Yields the page's address."""
    port = ports.free()
    env = os.environ | {"PYTHONPATH": str(ROOT), "PORT": str(port), "WEB_DIR": str(ROOT / "web" / "dist")}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "launcher", cwd=folder, env=env, stdout=asyncio.subprocess.PIPE
    )
    try:
        assert process.stdout is not None
        async for line in process.stdout:
            if line.startswith(b"Holdfast is ready"):
                break
        yield f"http://127.0.0.1:{port}"
    finally:
        process.send_signal(signal.SIGINT)
        await process.communicate()


class Film:
    """Takes pictures of a page until it is stopped."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self._frames: list[tuple[float, bytes]] = []

    async def run(self) -> None:
        while True:
            started = time.monotonic()
            self._frames.append((started, await self._page.screenshot(type="png", animations="allow")))
            await asyncio.sleep(max(0, started + FRAME_SECONDS - time.monotonic()))

    def save(self, file: Path) -> int:
        """Writes an animated WebP. Returns its size in bytes."""
        images = [Image.open(io.BytesIO(picture)).convert("RGB") for _, picture in self._frames]
        times = [at for at, _ in self._frames]
        shown = [round((after - at) * 1000) for at, after in pairwise(times)]
        images[0].save(
            file,
            "WEBP",
            save_all=True,
            append_images=images[1:],
            duration=[*shown, round(LAST_SECONDS * 1000)],
            loop=0,
            quality=QUALITY,
            method=6,
        )
        return file.stat().st_size


async def play(page: Page, question: str) -> None:
    """Asks, kills the worker in the middle of the reply, and waits until another one has gone on."""
    await page.get_by_test_id("composer").fill(question)
    await page.keyboard.press("Enter")
    await page.wait_for_function(f"() => ({LENGTH})() > {SHOWN_BEFORE}")
    await page.get_by_test_id("pull-the-plug").click()
    await expect(page.get_by_test_id("plug")).to_have_attribute("data-phase", "resumed", timeout=60_000)
    shown = await page.evaluate(LENGTH)
    await page.wait_for_function(
        f"() => ({LENGTH})() > {shown + SHOWN_AFTER}"
        " || document.querySelector('[data-role=assistant][data-state=done]') !== null"
    )


async def main() -> int:
    async with async_playwright() as playwright:
        browser = await launch(playwright)
        with tempfile.TemporaryDirectory() as folder:
            async with holdfast(Path(folder)) as address:
                context = await browser.new_context(viewport=SIZE, locale="en-US", service_workers="block")
                page = await context.new_page()
                await page.goto(address)
                await expect(page.get_by_test_id("composer")).to_be_enabled()
                film = Film(page)
                filming = asyncio.create_task(film.run())
                await play(page, QUESTION)
                filming.cancel()
        size = await asyncio.to_thread(film.save, MOVIE)
        await browser.close()
    sys.stdout.write(f"{MOVIE.relative_to(ROOT)}: {size / 1e6:.2f} MB\n")
    return 0 if size < LARGEST else 1


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
