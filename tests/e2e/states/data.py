"""States of the dialog with the user's data."""

import json

from playwright.async_api import FilePayload, expect

from tests.e2e.scene import Scene, hang
from tests.e2e.states.table import state
from tests.support.foreign_exports import chatgpt, chatgpt_node, simple_chatgpt
from tests.support.model_server import tell


def chatgpt_file() -> FilePayload:
    """Two conversations, one of them with an image, and one without text."""
    image = {"content_type": "multimodal_text", "parts": [{"content_type": "image_asset_pointer"}, "What is this?"]}
    with_image = chatgpt(
        chatgpt_node("root", None),
        chatgpt_node("a", "root", "user", content=image),
        chatgpt_node("b", "a", "assistant", "A bird."),
        title="A picture",
    )
    empty = chatgpt(chatgpt_node("root", None), title="Nothing said")
    conversations = [simple_chatgpt(), with_image, empty]
    return {"name": "conversations.json", "mimeType": "application/json", "buffer": json.dumps(conversations).encode()}


async def _open(scene: Scene) -> None:
    await scene.open()
    await scene.sidebar()
    await scene.get("settings").click()
    await scene.get("settings-data").click()
    await expect(scene.get("export-part")).to_be_visible()


async def _word(scene: Scene) -> str:
    """The word that has to be typed."""
    return "delete" if await scene.page.evaluate("document.documentElement.lang") == "en" else "删除"


async def _choose(scene: Scene) -> None:
    await scene.get("leave-import").click()
    await scene.get("import-file").set_input_files(chatgpt_file())


@state()
async def your_data(scene: Scene) -> None:
    await scene.user_id()
    await scene.answered_session((scene.words.question, tell(scene.words.answer)))
    await _open(scene)


@state(after=your_data)
async def export_runs(scene: Scene) -> None:
    await scene.page.route("**/api/me/export*", hang)
    await scene.get("export-all-json").click()
    await expect(scene.get("progress")).to_be_visible()


@state(after=export_runs)
async def export_failed(scene: Scene) -> None:
    await scene.get("cancel").click()
    await scene.replace_routes("**/api/me/export*", lambda route: route.abort())
    await scene.get("export-all-markdown").click()
    await expect(scene.get("export-part").locator(".data-note")).to_be_visible()


@state(after=export_failed)
async def export_saved(scene: Scene) -> None:
    await scene.page.unroute_all()
    async with scene.page.expect_download():
        await scene.get("export-all-json").click()
    await expect(scene.get("export-part").locator(".data-note:not(.danger)")).to_be_visible()


@state(after=export_saved)
async def erase_form(scene: Scene) -> None:
    await scene.get("erase").click()
    await expect(scene.get("erase-word")).to_be_focused()


@state(after=erase_form)
async def erase_failed(scene: Scene) -> None:
    await scene.page.route("**/api/me/sessions*", lambda route: route.abort())
    await scene.get("erase-word").fill(await _word(scene))
    await scene.get("confirm-erase").click()
    await expect(scene.page.get_by_role("alert")).to_be_visible()


@state(after=erase_failed)
async def erased(scene: Scene) -> None:
    await scene.page.unroute_all()
    await scene.get("confirm-erase").click()
    await expect(scene.get("toast")).to_be_visible()
    await scene.get("toast").hover()


@state(after=erased)
async def import_failed(scene: Scene) -> None:
    await scene.reset()
    await _open(scene)
    await scene.get("import-file").set_input_files({"name": "notes.json", "mimeType": "", "buffer": b'{"a": 1'})
    await expect(scene.get("import-report")).to_be_visible()


@state(after=import_failed)
async def import_preview(scene: Scene) -> None:
    await _choose(scene)
    await expect(scene.get("import-preview")).to_be_visible()
    await expect(scene.get("import-parts")).to_be_visible()


@state(after=import_preview)
async def import_runs(scene: Scene) -> None:
    await scene.page.route("**/api/me/import?dry_run=false", hang)
    await scene.get("confirm-import").click()
    await expect(scene.get("progress")).to_be_visible()


@state(after=import_runs)
async def import_stopped(scene: Scene) -> None:
    await scene.get("cancel").click()
    await expect(scene.get("import-report")).to_be_visible()


@state(after=import_stopped)
async def import_report(scene: Scene) -> None:
    await scene.page.unroute_all()
    await import_preview(scene)
    await scene.get("confirm-import").click()
    await expect(scene.get("import-report")).to_be_visible()


@state(after=import_report)
async def import_checks(scene: Scene) -> None:
    await scene.page.route("**/api/me/import*", hang)
    await _choose(scene)
    await expect(scene.get("progress")).to_be_visible()
