"""Pictures and files: attached in each way, uploaded, shown, and kept with the question that they belong to."""

import asyncio
from functools import cache
from typing import Any

from playwright.async_api import BrowserContext, FilePayload, Locator, Page, Route, expect

from tests.e2e.attachments import DUSK, choose, csv, drag_over, drop, landscape, paste, pdf, program, text
from tests.e2e.providers import model, providers, stack
from tests.e2e.test_chat import send, stored
from tests.e2e.test_earlier_messages import top_of
from tests.e2e.test_keyboard import has_visible_focus, tab_to
from tests.e2e.test_versions import edit, only, over, questions, replies
from tests.e2e.test_waiting import queue, run, waiting
from tests.support.model_server import ModelServer, tell
from tests.support.stack import Stack

__all__ = ["model", "providers", "stack"]

REPORT = pdf("report.pdf")


@cache
def noon() -> FilePayload:
    return landscape("noon.jpg")


@cache
def dusky() -> FilePayload:
    return landscape("dusk.jpg", 320, 480, DUSK)


def items(page: Page, phase: str = "") -> Locator:
    """The files of the draft."""
    at = f"[data-phase={phase}]" if phase else ""
    return page.locator(f"[data-testid=draft-file]{at}")


async def ready(page: Page, count: int) -> None:
    await expect(items(page, "ready")).to_have_count(count)


def names(message: dict[str, Any]) -> list[str]:
    return [each["name"] for each in message.get("attachments", [])]


def kinds(model: ModelServer, question: str) -> list[str]:
    """The kinds of the parts that the model got last with this question."""
    content = model.asked(question)[-1].body["messages"][-1]["content"]
    return [part["type"] for part in content] if isinstance(content, list) else []


async def test_chosen_files_are_kept_sent_and_shown(stack: Stack, model: ModelServer, page: Page) -> None:
    model.on("What is in these?", tell("A lake, and a report."))
    await page.goto(stack.url)
    async with page.expect_file_chooser() as chooser:
        await page.get_by_test_id("attach").click()
    await (await chooser.value).set_files([noon(), REPORT])
    await expect(page.get_by_test_id("announcer")).to_have_text("2 files are uploaded")
    await expect(items(page).last).to_contain_text("PDF · 12 pages")

    # the draft keeps its files over a reload
    await page.get_by_test_id("composer").fill("What is in these?")
    await page.reload()
    await ready(page, 2)
    await expect(items(page).first.locator("img")).to_be_visible()
    await page.get_by_test_id("send").click()
    await over(replies(page), "A lake, and a report.")
    assert "image_url" in kinds(model, "What is in these?")
    for is_reloaded in (False, True):
        if is_reloaded:
            await page.reload()
        await expect(questions(page).get_by_alt_text("noon.jpg")).to_be_visible()
        await expect(questions(page).get_by_test_id("file-chip")).to_contain_text("report.pdf")
        await expect(items(page)).to_have_count(0)
    question, _ = await stored(page)
    assert names(question) == ["noon.jpg", "report.pdf"]


async def test_files_are_dropped_pasted_and_removed_by_keyboard(stack: Stack, page: Page) -> None:
    await page.goto(stack.url)
    await expect(page.get_by_test_id("attach")).to_be_visible()
    await drag_over(page, noon())
    await expect(page.get_by_test_id("drop-zone")).to_contain_text("Drop the files to attach them")
    await expect(page.get_by_test_id("drop-zone")).to_have_count(0)  # the drag has left the page
    data = await drag_over(page, csv("one.csv"), csv("two.csv"))
    await expect(page.get_by_test_id("drop-zone")).to_be_visible()
    await drop(page, data)
    await expect(page.get_by_test_id("drop-zone")).to_have_count(0)
    await ready(page, 2)
    await expect(page.get_by_test_id("composer")).to_be_focused()

    await tab_to(page, page.get_by_role("button", name="Remove “one.csv”"), "Shift+Tab")
    assert await has_visible_focus(page)
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("button", name="Remove “two.csv”")).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(items(page)).to_have_count(0)
    await expect(page.get_by_test_id("composer")).to_be_focused()

    # a picture is pasted as a file, and text as text
    await paste(page, landscape("image.png"))
    await ready(page, 1)
    assert str(await items(page).get_attribute("title")).startswith("Picture ")
    await page.get_by_test_id("composer").fill("words")
    await page.keyboard.press("ControlOrMeta+A")
    await page.keyboard.press("ControlOrMeta+X")
    await page.keyboard.press("ControlOrMeta+V")
    await expect(page.get_by_test_id("composer")).to_have_value("words")
    await ready(page, 1)


async def test_an_upload_shows_its_progress_and_is_cancelled(stack: Stack, page: Page, context: BrowserContext) -> None:
    await page.goto(stack.url)
    await expect(page.get_by_test_id("attach")).to_be_visible()
    network = await context.new_cdp_session(page)
    slow = {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": 60_000}
    await network.send("Network.emulateNetworkConditions", slow)
    await choose(page, text("large.txt", "words " * 300_000), dusky())
    progress = items(page).first.get_by_role("progressbar", name="Uploading “large.txt”")
    await expect(progress).not_to_have_attribute("aria-valuenow", "0")
    await page.get_by_test_id("composer").fill("What is it?")
    await page.keyboard.press("Enter")
    await expect(page.get_by_test_id("hint")).to_contain_text("still being uploaded")
    await expect(page.get_by_test_id("composer")).to_have_value("What is it?")
    await ready(page, 1)  # its announcement would take the place of the next one
    await page.get_by_role("button", name="Cancel the upload of “large.txt”").click()
    await expect(items(page)).to_have_count(1)
    await expect(page.get_by_test_id("announcer")).to_have_text("“large.txt” is removed")


async def test_a_file_that_fails_or_is_gone_says_why_and_blocks(stack: Stack, context: BrowserContext) -> None:
    quiet = await context.new_page()  # without the check of the console: a request fails
    await quiet.goto(stack.url)
    attempts = list[str]()

    async def fail_once(route: Route) -> None:
        attempts.append(route.request.url)
        await (route.abort() if len(attempts) == 1 else route.continue_())

    await quiet.route("**/api/files", fail_once)
    await choose(quiet, noon())
    await expect(items(quiet, "failed")).to_contain_text("The server cannot be reached.")
    await expect(quiet.get_by_test_id("announcer")).to_contain_text("“noon.jpg” was not uploaded.")
    await quiet.get_by_role("button", name="Upload “noon.jpg” again").click()
    await ready(quiet, 1)
    await quiet.get_by_role("button", name="Remove “noon.jpg”").click()
    await expect(items(quiet)).to_have_count(0)

    # one that is refused blocks the question until it goes
    await choose(quiet, program("setup.exe"))
    await expect(items(quiet, "failed")).to_contain_text("This kind of file cannot be read here.")
    await expect(quiet.get_by_test_id("upload-again")).to_have_count(0)
    await quiet.get_by_test_id("composer").fill("Without it")
    await quiet.keyboard.press("Enter")
    await expect(quiet.get_by_test_id("hint")).to_contain_text("A file was not uploaded")
    await quiet.get_by_role("button", name="Remove “setup.exe”").click()
    await quiet.get_by_test_id("send").click()
    await over(replies(quiet), "You said: Without it")

    # one that is gone is named before the question is sent
    await choose(quiet, noon(), csv("visitors.csv"))
    await ready(quiet, 2)
    await quiet.reload()
    await ready(quiet, 2)
    address = str(await items(quiet).first.locator("img").get_attribute("src")).partition("?")[0]
    gone = await quiet.evaluate("async (path) => (await fetch(path, { method: 'DELETE' })).status", address)
    assert gone == 204
    await send(quiet, "Are they there?")
    await expect(items(quiet, "failed")).to_contain_text("noon.jpg")
    await ready(quiet, 1)
    await quiet.get_by_role("button", name="Remove “noon.jpg”").click()
    await quiet.get_by_test_id("send").click()
    await over(replies(quiet).last, "You said: Are they there?")


async def test_pictures_open_large_and_move_nothing_when_late(stack: Stack, page: Page) -> None:
    await page.goto(stack.url)
    await choose(page, noon(), dusky())
    await ready(page, 2)
    await send(page, "Large, please")
    await over(replies(page), "You said: Large, please")
    picture = page.get_by_role("button", name="noon.jpg")
    await tab_to(page, picture, "Shift+Tab")
    await page.keyboard.press("Enter")
    viewer = page.get_by_test_id("viewer")
    shown = viewer.locator("img")
    await expect(shown).to_have_attribute("alt", "noon.jpg")
    assert await shown.evaluate("async (image) => (await image.decode(), image.naturalWidth)") == 960
    for _ in range(6):  # nothing behind the dialog gets the focus
        await page.keyboard.press("Tab")
        assert await page.evaluate(
            "document.activeElement === document.body || !!document.activeElement.closest('dialog')"
        )
    await page.keyboard.press("ArrowRight")
    await expect(shown).to_have_attribute("alt", "dusk.jpg")
    await expect(viewer.get_by_role("status")).to_contain_text("Picture 2 of 2")
    async with page.expect_download() as download:
        await viewer.get_by_test_id("download-picture").click()
    assert (await download.value).suggested_filename == "dusk.jpg"
    await page.keyboard.press("Escape")
    await expect(viewer).to_have_count(0)
    await expect(picture).to_be_focused()

    # a picture that loads late moves nothing
    held = asyncio.Queue[Route]()
    await page.route("**/api/files/*form=preview", held.put)
    await page.reload()
    late = [await held.get(), await held.get()]
    await expect(picture).to_be_visible()
    before = await top_of(replies(page))
    for route in late:
        await route.continue_()
    for image in await questions(page).get_by_role("img").all():
        await image.evaluate("(image) => image.decode()")
    assert await top_of(replies(page)) == before


async def test_each_version_of_a_question_has_its_own_files(stack: Stack, model: ModelServer, page: Page) -> None:
    model.on("Both of them", tell("two files"))
    model.on("Only the report", tell("one file"))
    await page.goto(stack.url)
    await choose(page, noon(), REPORT)
    await ready(page, 2)
    await send(page, "First words")
    await over(replies(page), "You said: First words")
    await edit(page, questions(page), "Both of them")
    await only(page, "two files")
    await expect(questions(page).get_by_alt_text("noon.jpg")).to_be_visible()
    await expect(questions(page).get_by_test_id("file-chip")).to_be_visible()

    await questions(page).hover()
    await questions(page).get_by_test_id("edit").click()
    await page.get_by_role("button", name="Remove “noon.jpg”").click()
    await expect(page.get_by_test_id("edit-text")).to_be_focused()
    await page.get_by_test_id("edit-text").fill("Only the report")
    await page.keyboard.press("Enter")
    await only(page, "one file")
    await expect(questions(page).get_by_alt_text("noon.jpg")).to_have_count(0)
    await expect(questions(page).get_by_test_id("file-chip")).to_be_visible()
    assert "image_url" not in kinds(model, "Only the report")

    await questions(page).get_by_test_id("previous-version").click()
    await only(page, "two files")
    await expect(questions(page).get_by_alt_text("noon.jpg")).to_be_visible()


async def test_a_waiting_question_keeps_its_files(stack: Stack, model: ModelServer, page: Page) -> None:
    model.on("And this one?", tell("a lake"))
    led, _ = await run(page, stack, model, "Runs before the picture")
    await choose(page, noon())
    await ready(page, 1)
    await queue(page, "And this one?")
    await expect(waiting(page).get_by_alt_text("noon.jpg")).to_be_visible()
    await page.reload()
    await expect(waiting(page).get_by_alt_text("noon.jpg")).to_be_visible()
    await led.finish()
    await over(replies(page).last, "a lake")
    await expect(questions(page).last.get_by_alt_text("noon.jpg")).to_be_visible()
    assert "image_url" in kinds(model, "And this one?")
