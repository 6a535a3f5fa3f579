"""What other applications exported is imported through the page and shown with its versions."""

from typing import Any

from playwright.async_api import FilePayload, Page, expect

from tests.e2e.devices import look_again
from tests.e2e.test_data import open_data
from tests.e2e.test_sessions import call
from tests.e2e.test_versions import replies
from tests.support import foreign_exports as peers
from tests.support.stack import Stack

ANSWERS = "**Blue**, as ever", "*Green* today"

CHATGPT = [
    peers.chatgpt(
        peers.chatgpt_node("root", None),
        peers.chatgpt_node("q", "root", "user", "Which colour?"),
        peers.chatgpt_node("a", "q", "assistant", ANSWERS[0]),
        peers.chatgpt_node("b", "q", "assistant", ANSWERS[1]),
        title="Colours",
    )
]
EXPORTS: dict[str, tuple[str, bytes]] = {
    "chatgpt, zip": ("chatgpt.zip", peers.zipped({"conversations-000.json": peers.encoded(CHATGPT)})),
    "open webui": (
        "chats.json",
        peers.encoded(
            [
                peers.open_webui(
                    peers.open_webui_message("q", None, "user", "Which colour?"),
                    peers.open_webui_message("a", "q", "assistant", ANSWERS[0]),
                    peers.open_webui_message("b", "q", "assistant", ANSWERS[1]),
                    title="Colours",
                )
            ]
        ),
    ),
}


async def test_imported_conversations_are_shown_with_their_versions(stack: Stack, page: Page) -> None:
    await page.goto(stack.url)
    for name, content in EXPORTS.values():
        await open_data(page)
        file: FilePayload = {"name": name, "mimeType": "application/octet-stream", "buffer": content}
        await page.get_by_test_id("import-file").set_input_files(file)
        await page.get_by_test_id("confirm-import").click()
        await expect(page.get_by_test_id("import-report")).to_contain_text("1 conversation with 3 messages imported")
        await page.get_by_test_id("leave-import").click()
        await page.get_by_test_id("close-settings").click()
        session = page.get_by_test_id("session")
        await expect(session).to_have_count(1)
        await session.get_by_role("link", name="Colours").click()
        await expect(replies(page)).to_contain_text("Green today")
        versions: Any = page.get_by_test_id("versions")
        await expect(versions).to_contain_text("2 / 2")
        await versions.get_by_role("button").first.click()
        await expect(replies(page)).to_contain_text("Blue, as ever")
        await page.get_by_test_id("new-chat").click()
        await call(page, stack, "DELETE", "/me/sessions?confirm=all")
        await look_again(page)
        await expect(session).to_have_count(0)
