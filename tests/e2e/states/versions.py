"""States of messages with several versions, and of their deletion."""

from playwright.async_api import expect

from tests.e2e.scene import Scene, hang
from tests.e2e.states.shell import theme_menu
from tests.e2e.states.table import state
from tests.support.model_server import Led, Script, refuse, tell


async def _answered_twice(scene: Scene, *scripts: Script) -> str:
    """Create a session whose first reply has these versions, the last of them shown unless it has no text."""
    words = scene.words
    await scene.user_id()
    session_id = await scene.answered_session((words.question, tell(words.answer)))
    scene.stack.model.on(words.question, *scripts)
    for _ in scripts:
        history = await scene.call("GET", f"/chat/history?session_id={session_id}")
        await scene.answer_again(session_id, history["messages"][-1]["id"])
    return session_id


@state()
async def versions(scene: Scene) -> None:
    """A question and a reply with versions, the first and the last of them shown."""
    words = scene.words
    session_id = await _answered_twice(scene, tell(words.title), tell(words.answer))
    await scene.open(f"/s/{session_id}")
    await scene.page.locator('[data-role="user"]').hover()
    await scene.get("edit").click()
    await scene.get("edit-text").fill(words.code_question)
    scene.stack.model.on(words.code_question, tell(words.code))
    await scene.get("resend").click()
    await expect(scene.reply).to_have_attribute("data-state", "done")
    await scene.get("previous-version").click()
    await expect(scene.get("versions")).to_have_count(2)
    await expect(scene.get("versions").last).to_contain_text("3 / 3")


@state(after=versions)
async def version_focused(scene: Scene) -> None:
    """The second of three versions; its arrow has the focus of the keyboard."""
    session_id = await _answered_twice(scene, tell(scene.words.title), tell(scene.words.answer))
    await scene.open(f"/s/{session_id}")
    await scene.get("previous-version").focus()
    await scene.page.keyboard.press("Enter")
    await expect(scene.get("versions")).to_contain_text("2 / 3")
    await expect(scene.get("previous-version")).to_be_focused()


@state(after=version_focused)
async def delete_from_here_dialog(scene: Scene) -> None:
    await scene.reply.hover()
    await scene.reply.get_by_test_id("remove").click()
    await expect(scene.page.get_by_role("dialog")).to_be_visible()


@state(after=delete_from_here_dialog)
async def switch_failed(scene: Scene) -> None:
    await scene.page.keyboard.press("Escape")
    await scene.page.route("**/api/chat/sessions/*", lambda route: route.abort())
    await scene.get("previous-version").click()
    await expect(scene.get("notice")).to_be_visible()


@state(after=switch_failed)
async def edit_being_sent(scene: Scene) -> None:
    """What follows the edited question stays until the edit is accepted."""
    await scene.page.route("**/api/chat/turns", hang)
    await scene.page.locator('[data-role="user"]').hover()
    await scene.get("edit").click()
    await scene.get("edit-text").fill(scene.words.code_question)
    await scene.get("resend").click()
    await expect(scene.page.locator('[data-state="sending"]')).to_be_visible()


@state(after=edit_being_sent)
async def version_being_written(scene: Scene) -> None:
    """The old reply stays, with all that follow it, until the first word of the new one."""
    words = scene.words
    await scene.reset()
    asked = ((words.question, tell(words.answer)), (words.title, tell(words.answer)))
    await scene.open(f"/s/{await scene.answered_session(*asked)}")
    await expect(scene.get("regenerate")).to_have_count(2)
    scene.stack.model.on(words.question, Led())
    await scene.page.locator('[data-role="assistant"]').first.hover()
    await scene.get("regenerate").first.click()
    await expect(scene.get("new-version")).to_be_visible()
    await scene.get("new-version").scroll_into_view_if_needed()


@state(after=version_being_written)
async def version_waits_for_the_model(scene: Scene) -> None:
    """The model refuses the first request, so that the new version waits for a retry."""
    words = scene.words
    await scene.user_id()
    await scene.open(f"/s/{await scene.answered_session((words.diagram_question, tell(words.answer)))}")
    scene.stack.model.on(words.diagram_question, refuse(429, retry_after="20"))
    await scene.reply.hover()
    await scene.get("regenerate").click()
    await expect(scene.get("new-version")).to_contain_text("20")


@state(after=version_waits_for_the_model)
async def new_version_failed(scene: Scene) -> None:
    session_id = await _answered_twice(scene)
    await scene.open(f"/s/{session_id}")
    scene.stack.model.on(scene.words.question, refuse(401))
    await scene.reply.hover()
    await scene.get("regenerate").click()
    await expect(scene.get("send-again")).to_be_visible()
    await expect(scene.get("versions")).to_contain_text("1 / 2")


@state(after=new_version_failed)
async def failed_version(scene: Scene) -> None:
    """A version that failed before its first word, chosen by the arrows."""
    await scene.get("next-version").click()
    await expect(scene.get("retry")).to_be_visible()


@state(after=failed_version)
async def new_version_stopped(scene: Scene) -> None:
    session_id = await _answered_twice(scene)
    led = Led()
    await scene.open(f"/s/{session_id}")
    scene.stack.model.on(scene.words.question, led)
    await scene.reply.hover()
    await scene.get("regenerate").click()
    await led.exchange()
    await scene.get("stop").click()
    await expect(scene.get("send-again")).to_be_visible()


@state(after=new_version_stopped)
async def stopped_version(scene: Scene) -> None:
    """A version that was stopped before its first word, chosen by the arrows."""
    await scene.get("next-version").click()
    await expect(scene.get("retry")).to_be_visible()


@state(after=theme_menu)
async def message_actions(scene: Scene) -> None:
    """All actions of a reply in the middle of a conversation, which a pointer makes visible."""
    words = scene.words
    asked = ((words.question, tell(words.answer)), (words.title, tell(words.answer)))
    await scene.reset()
    await scene.open(f"/s/{await scene.answered_session(*asked)}")
    await expect(scene.get("regenerate")).to_have_count(2)
    await scene.page.locator('[data-role="assistant"]').first.hover()
    await scene.get("remove").nth(1).hover()
    await expect(scene.get("remove").nth(1)).to_be_in_viewport()
