"""States of the search in messages, and of a message that it has found."""

from typing import Any

from playwright.async_api import Locator, Route, expect

from tests.e2e.scene import Scene, hang
from tests.e2e.states.table import state
from tests.support.messages import dialogue
from tests.support.model_server import Led, tell

MARK_STAYS = """() => {
  const timeout = window.setTimeout;
  window.setTimeout = (call, wait, ...more) => (wait === 2600 ? 0 : timeout(call, wait, ...more));
}"""
"""The mark of a found message is for a moment only, but the pictures are taken later."""


async def _search(scene: Scene, text: str) -> None:
    await scene.sidebar()
    await scene.get("search").fill(text)


def _found_in(scene: Scene, session_id: str) -> Locator:
    """The oldest message that was found in the session."""
    return scene.get("found").locator(f'a[href*="{session_id}"]').last


async def _conversations(scene: Scene) -> None:
    words = scene.words
    await scene.user_id()
    for question in (words.question, words.code_question, words.diagram_question):
        await scene.answered_session((question, tell(words.answer)))
    await scene.seed(1, 30)


@state()
async def search_in_messages(scene: Scene) -> None:
    """Titles that match, then messages with the words that were found."""
    await _conversations(scene)
    await scene.open()
    await _search(scene, scene.words.question[:2])
    await expect(scene.get("found").first).to_be_visible()


@state(after=search_in_messages)
async def search_result_focused(scene: Scene) -> None:
    await scene.get("search").focus()
    await scene.page.keyboard.press("ArrowDown")
    await scene.page.keyboard.press("End")
    await expect(scene.get("found").last.get_by_role("link")).to_be_focused()


@state(after=search_result_focused)
async def search_in_messages_failed(scene: Scene) -> None:
    await scene.page.route("**/api/chat/search", lambda route: route.abort())
    await scene.get("search").fill(scene.words.answer[:3])
    await expect(scene.get("search-note")).to_be_visible()


@state(after=search_in_messages_failed)
async def search_in_messages_goes_on(scene: Scene) -> None:
    """Some answers without results; the next one takes its time."""
    asked: list[Any] = []

    async def answer(route: Route) -> None:
        asked.append(route)
        if len(asked) > 2:
            return await hang(route)
        searched = {"sessions": 40, "messages": 2000}
        await route.fulfill(json={"results": [], "cursor": f"c{len(asked)}", "searched": searched})

    await scene.replace_routes("**/api/chat/search", answer)
    await scene.get("search").fill(scene.words.search)
    await expect(scene.get("search-progress")).to_contain_text("4000")


@state(after=search_in_messages_goes_on)
async def search_in_messages_waits(scene: Scene) -> None:
    """So many answers without results that the search goes on only on demand."""

    async def answer(route: Route) -> None:
        searched = {"sessions": 40, "messages": 2000}
        cursor = ((route.request.post_data_json or {}).get("cursor", "")) + "c"
        await route.fulfill(json={"results": [], "cursor": cursor, "searched": searched})

    await scene.replace_routes("**/api/chat/search", answer)
    await scene.get("search").fill(scene.words.search[:2])
    await expect(scene.get("search-note")).to_contain_text("40000")


@state(after=search_in_messages_waits)
async def other_branch(scene: Scene) -> None:
    """A message of another branch while a reply runs: it is only read."""
    words = scene.words
    led = Led()
    await scene.reset()
    session_id = await scene.answered_session((words.question, tell(words.answer)))
    first = (await scene.call("GET", f"/chat/history?session_id={session_id}"))["messages"][0]["id"]
    scene.stack.model.on(words.code_question, led)
    body = {"session_id": session_id, "message": words.code_question, "replace_from": first}
    await scene.call("POST", "/chat/turns", data=body)
    await led.exchange()
    await scene.open(f"/s/{session_id}")
    await expect(scene.get("stop")).to_be_visible()
    await _search(scene, words.question[:3])
    await _found_in(scene, session_id).click()
    await expect(scene.get("other-branch")).to_be_visible()


@state(after=other_branch)
async def found_message(scene: Scene) -> None:
    """A message in the middle of a long conversation, as it is just after it was chosen."""
    await scene.reset()
    await scene.page.evaluate(MARK_STAYS)
    session_id: str = (await scene.call("POST", "/chat/start"))["session_id"]
    await scene.remember(session_id, *dialogue(range(150), content=scene.words.question))
    await scene.open(f"/s/{session_id}")
    await expect(scene.get("message")).to_have_count(50)
    await _search(scene, " 75")
    await _found_in(scene, session_id).click()
    await expect(scene.page.locator("[data-found]")).to_be_in_viewport()
