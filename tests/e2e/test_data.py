"""The user's data: exports, imports, and the deletion of everything."""

import json
from pathlib import Path
from typing import Any

from playwright.async_api import BrowserContext, FilePayload, Page, expect

from tests.e2e.conversations import dialogue, keep, version
from tests.e2e.scene import hang
from tests.e2e.states.data import chatgpt_file
from tests.e2e.test_sessions import call
from tests.e2e.test_versions import replies
from tests.support.stack import Stack


async def open_data(page: Page) -> None:
    await page.get_by_test_id("settings").click()
    await page.get_by_test_id("settings-data").click()
    await expect(page.get_by_test_id("export-part")).to_be_visible()


async def download(page: Page, folder: Path, test_id: str) -> Path:
    """Click what exports, and return the saved file."""
    async with page.expect_download() as info:
        await page.get_by_test_id(test_id).click()
    value = await info.value
    file = folder / value.suggested_filename
    await value.save_as(file)
    return file


async def erase(page: Page) -> None:
    await open_data(page)
    await page.get_by_test_id("erase").click()
    await page.get_by_test_id("erase-word").fill("delete")
    await page.get_by_test_id("confirm-erase").click()


def texts(exported: dict[str, Any]) -> list[list[str]]:
    return [[message["content"] for message in session["messages"]] for session in exported["sessions"]]


async def test_an_export_can_be_imported_with_all_its_versions(stack: Stack, page: Page, tmp_path: Path) -> None:
    kept = [*dialogue("Which?", "the first"), version(3, 0, "the second")]
    await page.goto(await keep(page, stack, kept))
    await open_data(page)
    file = await download(page, tmp_path, "export-all-json")
    exported = json.loads(file.read_text("utf-8"))
    assert texts(exported) == [["Which?", "the first", "the second"]]
    await page.get_by_test_id("close-settings").click()

    await erase(page)
    await expect(page.get_by_test_id("session")).to_have_count(0)
    await open_data(page)
    await page.get_by_test_id("import-file").set_input_files(file)
    await expect(page.get_by_test_id("import-preview")).to_contain_text("1 conversation with 3 messages can be")
    await expect(page.get_by_test_id("session")).to_have_count(0)
    await page.get_by_test_id("confirm-import").click()
    await expect(page.get_by_test_id("import-report")).to_contain_text("1 conversation with 3 messages imported")
    await page.get_by_test_id("leave-import").click()
    await page.get_by_test_id("close-settings").click()
    await page.get_by_test_id("session").get_by_role("link").click()
    await expect(replies(page)).to_contain_text("the second")
    await expect(page.get_by_test_id("versions")).to_contain_text("2 / 2")


async def test_an_export_of_chatgpt_is_shown_before_it_is_imported(stack: Stack, page: Page) -> None:
    await page.goto(stack.url)
    await open_data(page)
    await page.get_by_test_id("import-file").set_input_files(chatgpt_file())
    preview = page.get_by_test_id("import-preview")
    await expect(preview).to_contain_text("2 conversations with 4 messages can be imported")
    await expect(preview).to_contain_text("A picture")
    await expect(preview).to_contain_text("It has no messages with text")
    await expect(page.get_by_test_id("import-parts")).to_contain_text("Pictures are not imported")
    await page.get_by_test_id("leave-import").click()

    # and the same when it is dropped
    text = chatgpt_file()["buffer"].decode()
    transfer = await page.evaluate_handle(
        """(text) => {
            const transfer = new DataTransfer();
            transfer.items.add(new File([text], "conversations.json"));
            return transfer;
        }""",
        text,
    )
    await page.get_by_test_id("drop").dispatch_event("drop", {"dataTransfer": transfer})
    await expect(preview).to_contain_text("2 conversations")
    assert (await call(page, stack, "GET", "/chat/sessions"))["total"] == 0


async def test_a_file_that_cannot_be_read_says_why(stack: Stack, page: Page, context: BrowserContext) -> None:
    other = await context.new_page()  # without the check of the console, where the browser reports the refusal
    await other.goto(stack.url)
    await open_data(other)
    broken: FilePayload = {"name": "notes.json", "mimeType": "application/json", "buffer": b'{"a": 1'}
    await other.get_by_test_id("import-file").set_input_files(broken)
    await expect(other.get_by_test_id("import-report")).to_contain_text("not complete JSON")
    await other.get_by_test_id("leave-import").click()
    await expect(other.get_by_test_id("drop")).to_be_visible()


async def test_an_import_that_is_cancelled_can_be_begun_again(stack: Stack, page: Page) -> None:
    await page.goto(stack.url)
    await page.route("**/api/me/import?dry_run=false", hang)
    await open_data(page)
    await page.get_by_test_id("import-file").set_input_files(chatgpt_file())
    await page.get_by_test_id("confirm-import").click()
    await expect(page.get_by_test_id("progress")).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(page.get_by_test_id("progress")).to_be_visible()
    await page.get_by_test_id("cancel").click()
    await expect(page.get_by_test_id("import-report")).to_contain_text("cancelled")
    await page.get_by_test_id("leave-import").click()
    await page.unroute("**/api/me/import?dry_run=false")
    await page.get_by_test_id("import-file").set_input_files(chatgpt_file())
    await page.get_by_test_id("confirm-import").click()
    await expect(page.get_by_test_id("import-report")).to_contain_text("2 conversations")


async def test_deleting_everything_empties_this_tab_and_others(
    stack: Stack, page: Page, context: BrowserContext
) -> None:
    await page.goto(await keep(page, stack, dialogue("Forget this", "And this as well")))
    other = await context.new_page()
    await other.goto(page.url)
    await expect(other.get_by_text("And this as well")).to_be_visible()
    await open_data(page)
    await page.get_by_test_id("erase").click()
    button, word = page.get_by_test_id("confirm-erase"), page.get_by_test_id("erase-word")
    await expect(button).to_be_disabled()
    await word.fill("delet")
    await page.keyboard.press("Enter")
    await expect(button).to_be_disabled()
    await word.fill("Delete")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("dialog")).to_have_count(0)
    await expect(page).to_have_url(f"{stack.url}/")
    await expect(page.get_by_test_id("announcer")).to_have_text("1 conversation was deleted")
    for each in (page, other):
        await expect(each.get_by_test_id("session")).to_have_count(0)
    await expect(other.get_by_test_id("missing")).to_be_visible()
