"""The list of conversations: deletes, other devices, addresses, exported files."""

import json
from pathlib import Path
from typing import Any

from playwright.async_api import BrowserContext, Locator, Page, expect

from tests.e2e.conversations import dialogue, keep, version
from tests.e2e.devices import look_again
from tests.support.model_server import Led, ModelServer
from tests.support.stack import Stack
from tests.support.waiting import eventually


async def call(page: Page, stack: Stack, method: str, path: str, **more: Any) -> Any:
    """Send a request as the page's user, as another device of that user would."""
    response = await page.context.request.fetch(f"{stack.url}/api{path}", method=method, **more)
    assert response.ok, await response.text()
    return await response.json()


async def started(page: Page, stack: Stack, *titles: str) -> list[str]:
    """Create sessions with these titles, the last one newest. Returns their IDs."""
    await call(page, stack, "GET", "/me")
    made = []
    for title in titles:
        session_id = (await call(page, stack, "POST", "/chat/start"))["session_id"]
        await call(page, stack, "PATCH", f"/chat/sessions/{session_id}", data={"title": title})
        made.append(session_id)
    return made


async def kept(page: Page, stack: Stack) -> list[str]:
    found = await call(page, stack, "GET", "/chat/sessions")
    return sorted(session["title"] for session in found["sessions"])


def rows(page: Page) -> Locator:
    return page.get_by_test_id("session")


async def delete(page: Page, title: str) -> None:
    row = rows(page).filter(has_text=title)
    await row.hover()
    await row.get_by_test_id("session-menu").click()
    await page.locator(".menu:popover-open").get_by_test_id("delete").click()
    await expect(row).to_have_count(0)


async def test_a_delete_is_undone_or_carried_out_by_leaving(stack: Stack, page: Page) -> None:
    await started(page, stack, "one", "two", "three")
    await page.goto(stack.url)
    await delete(page, "one")
    await delete(page, "two")
    await expect(page.get_by_test_id("toast")).to_contain_text("2 conversations deleted")
    await page.get_by_test_id("undo").click()
    await expect(rows(page)).to_have_count(3)
    await expect(page.get_by_test_id("toast")).to_have_count(0)
    await page.reload()
    await expect(rows(page)).to_have_count(3)
    assert await kept(page, stack) == ["one", "three", "two"]

    # leaving the page carries out pending deletes
    await delete(page, "one")
    assert await kept(page, stack) == ["one", "three", "two"]
    await page.goto("about:blank")

    async def one_is_gone() -> bool:
        return await kept(page, stack) == ["three", "two"]

    await eventually(one_is_gone)


async def test_a_delete_that_fails_brings_the_conversation_back(stack: Stack, context: BrowserContext) -> None:
    page = await context.new_page()  # without the check of the console, which shows the failure
    await started(page, stack, "one")
    await page.goto(stack.url)
    await page.route("**/api/chat/sessions/*", lambda route: route.fulfill(status=503, body="{}"))
    await delete(page, "one")
    await page.get_by_test_id("toast").get_by_role("button", name="Close").click()
    await expect(rows(page)).to_contain_text("one")
    await expect(page.get_by_test_id("toast")).to_contain_text("could not be deleted")


async def test_addresses_lead_to_conversations_and_nowhere_else(stack: Stack, page: Page) -> None:
    one, two = await started(page, stack, "one", "two")
    await page.goto(stack.url)
    await rows(page).filter(has_text="one").get_by_role("link").click()
    await rows(page).filter(has_text="two").get_by_role("link").click()
    await expect(page).to_have_title("two · Holdfast")
    await page.go_back()
    await expect(page).to_have_url(f"{stack.url}/s/{one}")
    await expect(page).to_have_title("one · Holdfast")
    await page.go_back()
    await expect(page).to_have_url(f"{stack.url}/")
    await page.go_forward()
    await page.go_forward()
    await expect(page).to_have_url(f"{stack.url}/s/{two}")
    await expect(rows(page).filter(has_text="two").get_by_role("link")).to_have_attribute("aria-current", "page")

    # deleting the open conversation leaves it, and undoing it returns
    await page.get_by_test_id("open-session-menu").click()
    await page.locator(".menu:popover-open").get_by_test_id("delete").click()
    await expect(page).to_have_url(f"{stack.url}/")
    await page.get_by_test_id("undo").click()
    await expect(page).to_have_url(f"{stack.url}/s/{two}")

    # an unknown address says so, and links to a new chat
    response = await page.context.request.get(f"{stack.url}/nonsense", headers={"Accept": "text/html"})
    assert response.status == 404
    await page.evaluate("() => history.pushState(null, '', '/nonsense')")
    await page.evaluate("() => dispatchEvent(new PopStateEvent('popstate'))")
    await expect(page.get_by_role("heading", name="Page not found")).to_be_visible()
    await expect(page.get_by_test_id("announcer")).to_have_text("Page not found")
    await page.get_by_test_id("start-new").click()
    await expect(page).to_have_url(f"{stack.url}/")
    await expect(page.get_by_test_id("example").first).to_be_visible()


async def test_changes_by_another_device_appear_without_a_reload(stack: Stack, model: ModelServer, page: Page) -> None:
    (session_id,) = await started(page, stack, "shared")
    await page.goto(f"{stack.url}/s/{session_id}")
    await expect(page).to_have_title("shared · Holdfast")
    led = Led()
    model.on("From my phone", led)
    await call(page, stack, "POST", "/chat/turns", data={"session_id": session_id, "message": "From my phone"})
    await (await led.exchange()).say("Read it here.")
    await look_again(page)
    await expect(page.get_by_text("Read it here.")).to_be_visible()
    await expect(rows(page).get_by_role("img", name="Replying")).to_be_visible()
    await page.get_by_test_id("stop").click()
    await expect(page.locator('[data-role="assistant"]')).to_have_attribute("data-state", "stopped")
    await expect(rows(page).get_by_role("img", name="Replying")).to_have_count(0)
    await call(page, stack, "PATCH", f"/chat/sessions/{session_id}", data={"title": "renamed there"})
    await look_again(page)
    await expect(page).to_have_title("renamed there · Holdfast")


async def test_a_search_finds_conversations_beyond_the_first_page(stack: Stack, page: Page) -> None:
    await started(page, stack, "the needle")
    for _ in range(55):
        await call(page, stack, "POST", "/chat/start")
    await page.goto(stack.url)
    await expect(rows(page)).to_have_count(50)
    await page.get_by_test_id("search").fill("NEEDLE")
    await expect(rows(page)).to_have_count(1)
    await page.get_by_test_id("search").fill("")
    await expect(rows(page)).to_have_count(56)


async def test_a_conversation_is_saved_with_its_versions_in_both_forms(
    stack: Stack, page: Page, tmp_path: Path
) -> None:
    both = [*dialogue("Which bread keeps?", "**Rye**, for a week."), version(3, 0, "None.")]
    await page.goto(await keep(page, stack, both, title='Bread: "which"?'))

    async def saved(kind: str) -> tuple[str, str]:
        await page.get_by_test_id("open-session-menu").click()
        async with page.expect_download() as waiting:
            await page.locator(".menu:popover-open").get_by_test_id(f"export-{kind}").click()
        download = await waiting.value
        await download.save_as(tmp_path / kind)
        return download.suggested_filename, (tmp_path / kind).read_text("utf-8")

    name, text = await saved("markdown")
    assert name.startswith("holdfast Bread")
    assert name.endswith(".md")
    assert '\n# Bread: "which"?\n' in text
    assert "Which bread keeps?" in text
    assert "**Rye**, for a week." in text
    assert "None." in text
    name, text = await saved("json")
    assert name.endswith(".json")
    contents = [message["content"] for message in json.loads(text)["sessions"][0]["messages"]]
    assert contents == ["Which bread keeps?", "**Rye**, for a week.", "None."]


async def test_the_browser_keeps_preferences_and_drafts_only(stack: Stack, page: Page) -> None:
    await page.goto(stack.url)
    await page.get_by_test_id("composer").fill("half a thought")
    await page.keyboard.press("Alt+m")
    await page.get_by_test_id("language").click()
    user_id = (await call(page, stack, "GET", "/me"))["user_id"]
    stored = await page.evaluate("() => ({ ...localStorage })")
    assert set(stored) <= {"holdfast.draft.new", "holdfast.theme", "holdfast.locale"}
    assert user_id not in json.dumps(stored)
    assert await page.evaluate("() => document.cookie") == ""


async def test_the_address_of_a_deleted_conversation_says_so(stack: Stack, context: BrowserContext) -> None:
    page = await context.new_page()  # without the check of the console, which shows the 404
    (session_id,) = await started(page, stack, "soon gone")
    await call(page, stack, "DELETE", f"/chat/sessions/{session_id}")
    await page.goto(f"{stack.url}/s/{session_id}")
    await expect(page.get_by_role("heading", name="Conversation not found")).to_be_visible()
    await expect(page.get_by_test_id("composer")).to_have_count(0)
    await page.get_by_test_id("start-new").click()
    await expect(page.get_by_test_id("composer")).to_be_focused()
