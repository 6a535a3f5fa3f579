"""`make screenshots`: takes a picture of every state of the page at both widths, in both themes and languages."""

import argparse
import asyncio
import base64
import contextlib
import shutil
import sys
import tempfile
import time
from collections.abc import Collection
from pathlib import Path

from playwright.async_api import Browser, Page, async_playwright, expect

from tests.e2e.conftest import launch
from tests.e2e.profiles import Profiles
from tests.e2e.samples import BY_LOCALE
from tests.e2e.scene import Stage, scene, set_stage
from tests.e2e.states import WALKS, Walk

FOLDER = Path(".holdfast/screenshots")
IMAGES = Path("docs/images")
THEMES = ("light", "dark")
FOR_README = {
    ("code-reply", 1280, "light"): "chat",
    ("welcome-with-many-sessions", 1280, "dark"): "welcome",
    ("streaming", 390, "light"): "phone",
}
TRIES = 2
NAMES = [state.name for walk in WALKS for state in walk.states]


class Album:
    """Takes the pictures of the states with these names and collects the walks that cannot be gone to their end."""

    def __init__(self, browser: Browser, stage: Stage, names: Collection[str], folder: Path) -> None:
        self.failed: list[str] = []
        self.taken: set[str] = set()
        self._profiles = Profiles(browser)
        self._stage = stage
        self._names = names
        self._folder = folder
        self._alone = asyncio.Lock()

    async def fill(self, locale: str, for_readme: bool) -> None:
        for walk in WALKS:
            for width in walk.widths if self._last(walk) else ():
                # The languages run in parallel, but the idle stack has one queue for both.
                async with self._alone if walk.on == "idle" else contextlib.nullcontext():
                    await self._try(walk, locale, width, for_readme)

    def _last(self, walk: Walk) -> int:
        """How far the walk has to be gone: the number of its states up to the last one with a picture."""
        return max((place for place, state in enumerate(walk.states, start=1) if state.name in self._names), default=0)

    async def _try(self, walk: Walk, locale: str, width: int, for_readme: bool) -> None:
        problem = ""
        for _ in range(TRIES):
            try:
                return await self._take(walk, locale, width, for_readme)
            except Exception as error:
                problem = " ".join((*getattr(error, "__notes__", ()), str(error)))
        self.failed.append(f"{walk.name} at {width} in {locale}: {problem}")

    async def _take(self, walk: Walk, locale: str, width: int, for_readme: bool) -> None:
        async with scene(self._profiles, getattr(self._stage, walk.on), locale, width) as set_up:
            for state in walk.states[: self._last(walk)]:
                await state.reach(set_up)
                if state.name in self._names:
                    await self._both_themes(set_up.page, walk, state.name, (width, locale), for_readme)

    async def _both_themes(self, page: Page, walk: Walk, name: str, about: tuple[int, str], for_readme: bool) -> None:
        width, locale = about
        for theme in THEMES:
            await page.emulate_media(color_scheme="dark" if theme == "dark" else "light")
            # A diagram is an image that has to be drawn again for the other theme.
            other = "false" if theme == "dark" else "true"
            await expect(page.locator(f'.diagram img[data-dark="{other}"]')).to_have_count(0)
            file = f"{name}.{width}.{theme}.{locale}.png"
            if not for_readme:
                await page.screenshot(path=self._folder / file, full_page=walk.print_only)
            elif kept := FOR_README.get((name, width, theme)):
                await keep(page, IMAGES / f"{kept}.{locale.partition('-')[0]}.webp")
            self.taken.add(file)


async def keep(page: Page, file: Path) -> None:
    """Take a small picture for the README."""
    session = await page.context.new_cdp_session(page)
    picture = await session.send("Page.captureScreenshot", {"format": "webp", "quality": 82})
    await asyncio.to_thread(file.write_bytes, base64.b64decode(picture["data"]))


def index() -> str:
    """An HTML page that shows all pictures, state by state."""
    rows = []
    for walk in WALKS:
        for state in walk.states:
            pictures = "".join(
                f'<a href="{name}"><img loading="lazy" height="400" alt="{name}" title="{name}" src="{name}"></a>'
                for locale in BY_LOCALE
                for width in walk.widths
                for theme in THEMES
                for name in [f"{state.name}.{width}.{theme}.{locale}.png"]
            )
            rows.append(f"<h2>{state.name}</h2><p>{pictures}</p>")
    return f'<!doctype html><meta charset="utf-8"><title>Holdfast</title>{"".join(rows)}'


async def main(names: Collection[str], for_readme: bool, folder: Path) -> int:
    (IMAGES if for_readme else folder).mkdir(parents=True, exist_ok=True)
    started = time.monotonic()
    with tempfile.TemporaryDirectory() as temporary:
        async with async_playwright() as playwright, set_stage(Path(temporary)) as stage:
            browser = await launch(playwright)
            album = Album(browser, stage, names, folder)
            await asyncio.gather(*(album.fill(locale, for_readme) for locale in BY_LOCALE))
            await browser.close()
    if not for_readme:
        (folder / "index.html").write_text(index(), "utf-8")
    sys.stderr.writelines(f"{failure}\n" for failure in album.failed)
    where = IMAGES if for_readme else folder / "index.html"
    sys.stdout.write(f"{len(album.taken)} pictures in {time.monotonic() - started:.0f} s: {where}\n")
    return 1 if album.failed else 0


def wanted(arguments: argparse.Namespace) -> Collection[str]:
    """The names of the states to be taken."""
    if arguments.readme:
        return {name for name, _, _ in FOR_README}
    return arguments.names or NAMES


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="make screenshots", description=__doc__)
    parser.add_argument("names", nargs="*", choices=[[], *NAMES], help="some states only")
    parser.add_argument("--readme", action="store_true", help="update docs/images")
    parser.add_argument("--out", type=Path, default=FOLDER, help=f"the folder of the pictures ({FOLDER})")
    given = parser.parse_args()
    if given.out == FOLDER and not given.names and not given.readme:
        shutil.rmtree(FOLDER, ignore_errors=True)
    sys.exit(asyncio.run(main(wanted(given), given.readme, given.out)))
