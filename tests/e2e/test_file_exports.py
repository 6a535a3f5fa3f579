"""Files leave with an export as ZIP, and come back with its import."""

import zipfile
from pathlib import Path

from playwright.async_api import FilePayload, Page, expect

from tests.e2e.attachments import choose, landscape, text
from tests.e2e.providers import model, providers, stack
from tests.e2e.test_chat import send
from tests.e2e.test_data import download, erase, open_data
from tests.e2e.test_versions import over, questions, replies
from tests.support.foreign_exports import encoded, own, own_file, own_message, zipped
from tests.support.model_server import ModelServer, tell
from tests.support.stack import Stack

__all__ = ["model", "providers", "stack"]

REFUSED: FilePayload = {
    "name": "refused.zip",
    "mimeType": "application/zip",
    "buffer": zipped(
        {
            "conversations.json": encoded(
                own_file(own(own_message("q", None, "user", "x", attachments=[{"id": "a" * 32, "name": "tool.exe"}])))
            ),
            f"files/{'a' * 32}/tool.exe": b"MZ\0\0",
        }
    ),
}


async def test_files_leave_with_an_export_and_come_back(
    stack: Stack, model: ModelServer, page: Page, tmp_path: Path
) -> None:
    model.on("What is in these?", tell("A lake, and notes."))
    await page.goto(stack.url)
    await choose(page, landscape("noon.jpg"), text("notes.md", "The launch is on Tuesday."))
    await send(page, "What is in these?")
    await over(replies(page), "A lake, and notes.")
    await page.get_by_test_id("open-session-menu").click()
    one = await download(page, tmp_path, "export-zip")
    await open_data(page)
    every = await download(page, tmp_path, "export-all-zip")
    await expect(page.get_by_test_id("export-part")).to_contain_text(f"Saved as “{every.name}”")
    for file in (one, every):
        paths = [name for name in zipfile.ZipFile(file).namelist() if name.startswith("files/")]
        assert [Path(path).name for path in paths] == ["noon.jpg", "notes.md"]
    await page.get_by_test_id("close-settings").click()

    await erase(page)
    await expect(page.get_by_test_id("session")).to_have_count(0)
    await open_data(page)
    await page.get_by_test_id("import-file").set_input_files(every)
    await expect(page.get_by_test_id("import-preview")).to_contain_text("1 conversation with 2 messages can be")
    await page.get_by_test_id("confirm-import").click()
    await expect(page.get_by_test_id("import-report")).to_contain_text("1 conversation with 2 messages imported")
    await expect(page.get_by_test_id("import-files")).to_have_count(0)
    await page.get_by_test_id("leave-import").click()
    await page.get_by_test_id("import-file").set_input_files(REFUSED)
    await page.get_by_test_id("confirm-import").click()
    await expect(page.get_by_test_id("import-files")).to_contain_text("tool.exe")
    await expect(page.get_by_test_id("import-files")).to_contain_text("This kind of file cannot be read here.")
    await page.get_by_test_id("leave-import").click()
    await page.get_by_test_id("close-settings").click()
    await page.get_by_test_id("session").filter(has_text="What is in these?").get_by_role("link").click()
    await expect(questions(page).get_by_alt_text("noon.jpg")).to_be_visible()
    await expect(questions(page).get_by_test_id("file-chip")).to_contain_text("notes.md")
