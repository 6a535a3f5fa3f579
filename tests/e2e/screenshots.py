"""`make screenshots`: takes a picture of every state of the page at both widths, in both themes and languages."""

import argparse
import asyncio
import base64
import contextlib
import shutil
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from playwright.async_api import Browser, Page, async_playwright, expect

from tests.e2e.conftest import launch
from tests.e2e.profiles import Profiles
from tests.e2e.samples import BY_LOCALE
from tests.e2e.scene import Stage, scene, set_stage
from tests.e2e.states import STATES, State

FOLDER = Path(".holdfast/screenshots")
IMAGES = Path("docs/images")
THEMES = ("light", "dark")
FOR_README = {
    ("code-reply", 1280, "light"): "chat",
    ("welcome-with-many-sessions", 1280, "dark"): "welcome",
    ("streaming", 390, "light"): "phone",
}
TRIES = 2


class Album:
    """Takes the pictures of `states` and collects the states that cannot be reached."""

    def __init__(self, browser: Browser, stage: Stage, states: Sequence[State], folder: Path) -> None:
        self.failed: list[str] = []
        self.taken = 0
        self._profiles = Profiles(browser)
        self._stage = stage
        self._states = states
        self._folder = folder
        self._alone = asyncio.Lock()

    async def fill(self, locale: str, for_readme: bool) -> None:
        for state in self._states:
            for width in state.widths:
                # The languages run in parallel, but the idle stack has one queue for both.
                async with self._alone if state.on == "idle" else contextlib.nullcontext():
                    await self._take(state, locale, width, for_readme)

    async def _take(self, state: State, locale: str, width: int, for_readme: bool) -> None:
        problem: Exception | None = None
        for _ in range(TRIES):
            try:
                async with scene(self._profiles, getattr(self._stage, state.on), locale, width) as set_up:
                    await state.reach(set_up)
                    await self._both_themes(set_up.page, state, locale, width, for_readme)
                return
            except Exception as error:
                problem = error
        self.failed.append(f"{state.name} at {width} in {locale}: {problem}")

    async def _both_themes(self, page: Page, state: State, locale: str, width: int, for_readme: bool) -> None:
        for theme in THEMES:
            await page.emulate_media(color_scheme="dark" if theme == "dark" else "light")
            # A diagram is an image that has to be drawn again for the other theme.
            other = "false" if theme == "dark" else "true"
            await expect(page.locator(f'.diagram img[data-dark="{other}"]')).to_have_count(0)
            if not for_readme:
                file = self._folder / f"{state.name}.{width}.{theme}.{locale}.png"
                await page.screenshot(path=file, full_page=state.print_only)
            elif name := FOR_README.get((state.name, width, theme)):
                await keep(page, IMAGES / f"{name}.{locale.partition('-')[0]}.webp")
            self.taken += 1


async def keep(page: Page, file: Path) -> None:
    """Take a small picture for the README."""
    session = await page.context.new_cdp_session(page)
    picture = await session.send("Page.captureScreenshot", {"format": "webp", "quality": 82})
    await asyncio.to_thread(file.write_bytes, base64.b64decode(picture["data"]))


def index(states: Sequence[State]) -> str:
    """An HTML page that shows all pictures, state by state."""
    rows = []
    for state in states:
        pictures = "".join(
            f'<a href="{name}"><img loading="lazy" height="400" alt="{name}" title="{name}" src="{name}"></a>'
            for locale in BY_LOCALE
            for width in state.widths
            for theme in THEMES
            for name in [f"{state.name}.{width}.{theme}.{locale}.png"]
        )
        rows.append(f"<h2>{state.name}</h2><p>{pictures}</p>")
    return f'<!doctype html><meta charset="utf-8"><title>Holdfast</title>{"".join(rows)}'


async def main(states: Sequence[State], for_readme: bool, folder: Path) -> int:
    (IMAGES if for_readme else folder).mkdir(parents=True, exist_ok=True)
    started = time.monotonic()
    with tempfile.TemporaryDirectory() as temporary:
        async with async_playwright() as playwright, set_stage(Path(temporary)) as stage:
            browser = await launch(playwright)
            album = Album(browser, stage, states, folder)
            await asyncio.gather(*(album.fill(locale, for_readme) for locale in BY_LOCALE))
            await browser.close()
    if not for_readme:
        (folder / "index.html").write_text(index(STATES), "utf-8")
    sys.stderr.writelines(f"{failure}\n" for failure in album.failed)
    where = IMAGES if for_readme else folder / "index.html"
    sys.stdout.write(f"{album.taken} pictures in {time.monotonic() - started:.0f} s: {where}\n")
    return 1 if album.failed else 0


def wanted(arguments: argparse.Namespace) -> list[State]:
    if arguments.readme:
        return [state for state in STATES if any(state.name == name for name, _, _ in FOR_README)]
    return [state for state in STATES if not arguments.names or state.name in arguments.names]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="make screenshots", description=__doc__)
    parser.add_argument("names", nargs="*", choices=[[], *(state.name for state in STATES)], help="some states only")
    parser.add_argument("--readme", action="store_true", help="update docs/images")
    parser.add_argument("--out", type=Path, default=FOLDER, help=f"the folder of the pictures ({FOLDER})")
    given = parser.parse_args()
    if given.out == FOLDER and not given.names and not given.readme:
        shutil.rmtree(FOLDER, ignore_errors=True)
    sys.exit(asyncio.run(main(wanted(given), given.readme, given.out)))
