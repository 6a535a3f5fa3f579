"""States of files: in the composer, in the conversation, and large."""

from typing import Any

from playwright.async_api import expect

from tests.e2e.attachments import DAWN, DUSK, choose, csv, drag_on, landscape, pdf, program
from tests.e2e.samples import MAX_LENGTH
from tests.e2e.scene import MOST_FILES, Scene, hang
from tests.e2e.states.contents import over_the_limit
from tests.e2e.states.models import another_model_answered
from tests.e2e.states.table import state
from tests.support.model_server import Led, tell

PICTURES = (
    landscape("lake-at-noon.jpg"),
    landscape("lake at dusk.jpg", 640, 960, DUSK),
    landscape("hills.jpg", 800, 800, DAWN),
)


async def attach(scene: Scene, *files: Any) -> None:
    """Attach files and wait until they are uploaded."""
    await choose(scene.page, *files)
    await expect(scene.page.locator("[data-testid=draft-file][data-phase=ready]")).to_have_count(len(files))


async def _without_files(scene: Scene) -> None:
    """Remove the draft's files."""
    await scene.reset()
    removers = scene.get("remove-file")
    for _ in range(await removers.count()):
        await removers.first.click()
    await expect(removers).to_have_count(0)


async def answered(scene: Scene, *files: Any) -> None:
    """Ask a question with files, and get an answer."""
    scene.stack.model.on(scene.words.picture_question, tell(scene.words.picture_answer))
    await scene.open()
    await attach(scene, *files)
    await scene.ask(scene.words.picture_question)
    await expect(scene.reply).to_have_attribute("data-state", "done")
    await scene.page.wait_for_load_state("networkidle")


@state(after=another_model_answered)
async def text_too_long(scene: Scene) -> None:
    await scene.reset()
    await scene.get("composer").fill(scene.words.of_length(MAX_LENGTH + 500))
    await expect(scene.get("attach-text")).to_be_visible()


@state(after=text_too_long)
async def files_refused(scene: Scene) -> None:
    await scene.get("composer").fill("")
    await choose(scene.page, PICTURES[0], program("setup.exe"))
    await expect(scene.page.locator("[data-testid=draft-file][data-phase=failed]")).to_be_visible()


@state(after=files_refused)
async def files_uploading(scene: Scene) -> None:
    await _without_files(scene)
    await scene.page.route("**/api/files", hang)
    await choose(scene.page, PICTURES[0], pdf("report.pdf"), csv("visitors.csv"))
    await scene.get("composer").fill(scene.words.picture_question)
    await scene.get("send").click(force=True)  # it says why it does nothing
    await expect(scene.get("hint")).to_be_visible()


@state(after=files_uploading)
async def files_upload_failed(scene: Scene) -> None:
    await _without_files(scene)
    await scene.page.route("**/api/files", lambda route: route.abort())
    await choose(scene.page, PICTURES[0], pdf("report.pdf"))
    await expect(scene.get("upload-again")).to_have_count(2)


@state(after=files_upload_failed)
async def picture_unseen(scene: Scene) -> None:
    """The chosen model cannot see pictures; another one can."""
    await _without_files(scene)
    await scene.menu("model-picker")
    await scene.page.locator("[data-value=sage]").click()
    await attach(scene, PICTURES[0])
    await scene.get("composer").fill(scene.words.picture_question)
    await expect(scene.get("use-seeing")).to_be_visible()


@state(after=over_the_limit)
async def picture_unseen_by_all(scene: Scene) -> None:
    await scene.get("composer").fill("")
    await attach(scene, PICTURES[0])
    await expect(scene.get("vision-note")).to_be_visible()


@state(on="several")
async def message_with_a_picture(scene: Scene) -> None:
    await answered(scene, PICTURES[0])


@state(after=message_with_a_picture)
async def message_with_files(scene: Scene) -> None:
    await scene.open()
    await answered(scene, *PICTURES, pdf("annual-report-2026-final-version.pdf"), csv("visitors.csv"))


@state(after=message_with_files)
async def picture_large(scene: Scene) -> None:
    await scene.get("picture").nth(1).click()
    await expect(scene.page.locator(".viewer img")).to_be_visible()
    await scene.page.wait_for_load_state("networkidle")


@state(after=picture_large)
async def edit_with_files(scene: Scene) -> None:
    await scene.page.keyboard.press("Escape")
    await scene.page.locator('[data-role="user"]').hover()
    await scene.get("edit").click()
    await expect(scene.get("edited-files")).to_be_visible()


@state(after=edit_with_files)
async def picture_gone(scene: Scene) -> None:
    await scene.reset()
    await scene.page.route("**/api/files/*form=preview", lambda route: route.abort())
    await answered(scene, *PICTURES[:2])
    await expect(scene.page.locator(".picture.gone")).to_have_count(2)


@state(after=picture_gone)
async def waiting_with_files(scene: Scene) -> None:
    await scene.reset()
    led = Led()
    await scene.open()
    await scene.ask(scene.words.question, led)
    await (await led.exchange()).say(scene.words.answer[:60])
    await attach(scene, PICTURES[0], pdf("report.pdf"))
    await scene.get("composer").fill(scene.words.picture_question)
    await scene.get("send").click()
    await expect(scene.get("waiting-remove")).to_be_visible()


@state(after=waiting_with_files)
async def files_attached(scene: Scene) -> None:
    await scene.reset()
    await attach(scene, *PICTURES[:2], pdf("annual-report-2026-final-version.pdf"), csv("visitors.csv"))
    await scene.get("composer").fill(scene.words.picture_question)


@state(after=files_attached)
async def files_too_many(scene: Scene) -> None:
    await choose(scene.page, *(csv(f"part-{number}.csv") for number in range(MOST_FILES)))
    await expect(scene.get("notice")).to_be_visible()
    await expect(scene.page.locator("[data-testid=draft-file][data-phase=ready]")).to_have_count(MOST_FILES)


@state(after=files_too_many)
async def files_dragged(scene: Scene) -> None:
    await scene.reset()
    await scene.show(scene.words.question, scene.words.answer)
    await drag_on(scene.page, PICTURES[0])
    await expect(scene.get("drop-zone")).to_be_visible()


@state(on="several", widths=(390,))
async def attach_menu(scene: Scene) -> None:
    """A touch screen asks what to attach."""
    await scene.open()
    await scene.menu("attach")
