"""States of questions that wait, and of edits that end without an answer."""

from playwright.async_api import expect

from tests.e2e.scene import Scene
from tests.e2e.states.table import state
from tests.support.model_server import Led, refuse, tell

FULL = {"status": 409, "json": {"code": "too_many_waiting", "detail": ""}}


async def _queue(scene: Scene, *texts: str) -> None:
    """Send questions that wait for a reply that runs."""
    led = Led()
    await scene.open()
    await scene.ask(scene.words.question, led)
    await (await led.exchange()).say(scene.words.answer[:60])
    await expect(scene.reply).to_contain_text(scene.words.answer[:6])
    for number, text in enumerate(texts, start=1):
        await scene.get("composer").fill(text)
        await scene.get("send").click()
        await expect(scene.get("waiting-remove")).to_have_count(number)


@state()
async def waiting(scene: Scene) -> None:
    """Three questions wait, one of them long, and the next one is being written."""
    words = scene.words
    await _queue(scene, words.code_question, words.long_text, words.search)
    await scene.get("composer").fill(words.table_question)


@state(after=waiting)
async def waiting_in_full(scene: Scene) -> None:
    await scene.get("waiting-whole").click()


@state(after=waiting_in_full)
async def waiting_edited(scene: Scene) -> None:
    await scene.get("waiting-edit").first.click()
    await expect(scene.get("edit-text")).to_be_focused()


@state(after=waiting_edited)
async def waiting_paused(scene: Scene) -> None:
    await scene.page.keyboard.press("Escape")
    await scene.get("stop").click()
    await expect(scene.get("waiting-paused")).to_be_visible()


@state(after=waiting_paused)
async def waiting_discarded(scene: Scene) -> None:
    await scene.get("waiting-discard").click()
    await expect(scene.page.get_by_role("dialog")).to_be_visible()


@state(after=waiting_discarded)
async def waiting_many(scene: Scene) -> None:
    await scene.reset()
    await _queue(scene, *scene.words.titles[:8])


@state(after=waiting_many)
async def waiting_refused(scene: Scene) -> None:
    """As many questions wait as may."""
    await scene.page.route("**/api/chat/turns", lambda route: route.fulfill(**FULL))
    await scene.get("composer").fill(scene.words.search)
    await scene.get("send").click()
    await expect(scene.get("notice")).to_be_visible()


@state(after=waiting_refused)
async def edit_failed(scene: Scene) -> None:
    """The edited question has no answer, so the earlier conversation is shown again."""
    await scene.reset()
    await scene.show(scene.words.question, scene.words.answer)
    scene.stack.model.on(scene.words.code_question, refuse(401))
    await _edit(scene, scene.words.code_question)
    await expect(scene.get("show-lost")).to_be_visible()


@state(after=edit_failed)
async def failed_edit_shown(scene: Scene) -> None:
    scene.stack.model.on(scene.words.code_question, tell(scene.words.answer))
    await scene.get("show-lost").click()
    await expect(scene.get("retry")).to_be_visible()


@state(after=failed_edit_shown)
async def edit_stopped(scene: Scene) -> None:
    led = Led()
    await scene.show(scene.words.question, scene.words.answer)
    scene.stack.model.on(scene.words.code_question, led)
    await _edit(scene, scene.words.code_question)
    await led.exchange()
    await scene.get("stop").click()
    await expect(scene.get("show-lost")).to_be_visible()


async def _edit(scene: Scene, text: str) -> None:
    await scene.page.locator('[data-role="user"]').hover()
    await scene.get("edit").click()
    await scene.get("edit-text").fill(text)
    await scene.get("resend").click()
