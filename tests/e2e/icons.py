"""`make icons`: draws the icons of the page from web/public/favicon.svg, in a real browser."""

import asyncio
import io
import sys
from pathlib import Path

from PIL import Image
from playwright.async_api import Browser, async_playwright

from tests.e2e.conftest import launch

PUBLIC = Path("web/public")
SOURCE = PUBLIC / "favicon.svg"
SIZES = {"apple-touch-icon.png": 180, "icon-192.png": 192, "icon-512.png": 512}
SQUARE = {"apple-touch-icon.png"}
"""Icons whose corners the system rounds itself."""

MASKABLE = 0.8
"""The part of a maskable icon that no mask cuts off (W3C, Web App Manifest, icon masks)."""


async def main() -> int:
    async with async_playwright() as playwright:
        browser = await launch(playwright)
        for name, size in SIZES.items():
            (PUBLIC / name).write_bytes(await drawn(browser, size, square=name in SQUARE))
        (PUBLIC / "icon-maskable.png").write_bytes(await drawn(browser, 512, square=True, part=MASKABLE))
        with Image.open(io.BytesIO(await drawn(browser, 64))) as image:
            image.convert("RGBA").save(PUBLIC / "favicon.ico", sizes=[(16, 16), (32, 32), (48, 48)])
        await browser.close()
    return 0


async def drawn(browser: Browser, size: int, *, square: bool = False, part: float = 1) -> bytes:
    """Returns a PNG of `size` pixels; the mark takes `part` of a square one."""
    mark = SOURCE.read_text("utf-8")
    if square:
        smaller = f'<g transform="translate(32 32) scale({part}) translate(-32 -32)"><g '
        mark = mark.replace('rx="15"', 'rx="0"').replace("<g ", smaller).replace("</svg>", "</g></svg>")
    page = await browser.new_page(viewport={"width": size, "height": size})
    await page.set_content(f"<style>*{{margin:0}}svg{{display:block;width:100vw;height:100vh}}</style>{mark}")
    picture = await page.screenshot(omit_background=True)
    await page.close()
    with Image.open(io.BytesIO(picture)) as image:
        packed = io.BytesIO()
        image.quantize(64).save(packed, "PNG", optimize=True)
    return packed.getvalue()


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
