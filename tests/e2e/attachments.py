"""Files to attach, and the ways in which a user attaches them."""

import base64
import io
import math

from PIL import Image, ImageDraw, ImageFilter
from playwright.async_api import FilePayload, JSHandle, Page

from tests.files import documents

NOON = ((122, 174, 226), (214, 233, 246), (92, 140, 110), (52, 96, 78))
DUSK = ((58, 44, 92), (244, 158, 112), (74, 62, 96), (36, 34, 60))
DAWN = ((140, 186, 204), (250, 222, 190), (150, 160, 140), (96, 112, 104))
Colours = tuple[tuple[int, int, int], ...]

CSV = "city,visitors,nights\n" + "".join(f"Town {number},{number * 37 % 991},{number % 9}\n" for number in range(400))

MAKE_DATA = """
(files) => {
  const data = new DataTransfer();
  for (const { name, type, content } of files) {
    const bytes = Uint8Array.from(atob(content), (byte) => byte.charCodeAt(0));
    data.items.add(new File([bytes], name, { type }));
  }
  return data;
}
"""
DRAG = """
(data) => {
  const over = () => new DragEvent("dragover", { dataTransfer: data, bubbles: true, cancelable: true });
  setInterval(() => document.querySelector("[data-testid=log]").dispatchEvent(over()), 100);
}
"""
PASTE = """
(box, data) =>
  box.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }))
"""


def landscape(name: str, width: int = 960, height: int = 640, colours: Colours = NOON) -> FilePayload:
    """A photograph of hills below a sky."""
    above, below, far, near = colours
    sky = Image.linear_gradient("L").resize((width, height))
    picture = Image.composite(Image.new("RGB", (width, height), below), Image.new("RGB", (width, height), above), sky)
    draw = ImageDraw.Draw(picture)
    draw.ellipse((width * 0.68, height * 0.16, width * 0.68 + height * 0.14, height * 0.3), fill=(255, 247, 224))
    for colour, base, swing, waves in ((far, 0.62, 0.10, 1.4), (near, 0.78, 0.08, 2.3)):
        line = [(x, height * (base - swing * math.sin(waves * x / width * math.pi))) for x in range(0, width + 1, 4)]
        draw.polygon([(0, height), *line, (width, height)], fill=colour)
    target = io.BytesIO()
    picture.filter(ImageFilter.GaussianBlur(0.6)).save(target, "JPEG", quality=85)
    return {"name": name, "mimeType": "image/jpeg", "buffer": target.getvalue()}


def pdf(name: str, pages: int = 12) -> FilePayload:
    content = documents.pdf([f"Page {number}" for number in range(pages)])
    return {"name": name, "mimeType": "application/pdf", "buffer": content}


def text(name: str, content: str) -> FilePayload:
    return {"name": name, "mimeType": "text/plain", "buffer": content.encode()}


def csv(name: str) -> FilePayload:
    return {"name": name, "mimeType": "text/csv", "buffer": CSV.encode()}


def program(name: str) -> FilePayload:
    """A file that the server refuses."""
    return {"name": name, "mimeType": "application/octet-stream", "buffer": b"MZ\0\0" * 64}


async def choose(page: Page, *files: FilePayload) -> None:
    """Choose files in the dialog of the browser."""
    await page.get_by_test_id("files").set_input_files(list(files))


async def drag_over(page: Page, *files: FilePayload) -> JSHandle:
    """Drag files over the conversation. Returns what is dragged."""
    data = await _data(page, *files)
    await page.dispatch_event("[data-testid=log]", "dragover", {"dataTransfer": data})
    return data


async def drag_on(page: Page, *files: FilePayload) -> None:
    """Drag files over the conversation, and leave them there."""
    await page.evaluate(DRAG, await _data(page, *files))


async def drop(page: Page, data: JSHandle) -> None:
    await page.dispatch_event("[data-testid=log]", "drop", {"dataTransfer": data})


async def paste(page: Page, *files: FilePayload) -> None:
    """Paste files into the composer."""
    data = await _data(page, *files)
    await page.get_by_test_id("composer").evaluate(PASTE, data)


async def _data(page: Page, *files: FilePayload) -> JSHandle:
    given = [
        {"name": file["name"], "type": file["mimeType"], "content": base64.b64encode(file["buffer"]).decode()}
        for file in files
    ]
    return await page.evaluate_handle(MAKE_DATA, given)
