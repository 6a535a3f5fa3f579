"""States of the list of conversations, of menus and dialogs, and of unknown addresses."""

from playwright.async_api import expect

from tests.e2e.scene import Scene, hang
from tests.e2e.states.table import state


@state(widths=(390, 820, 1280))
async def welcome(scene: Scene) -> None:
    await scene.open()
    await expect(scene.get("example").first).to_be_visible()


@state(after=welcome)
async def help_sheet(scene: Scene) -> None:
    await scene.get("composer").blur()
    await scene.page.keyboard.press("?")
    await expect(scene.page.get_by_role("dialog")).to_be_visible()


@state(after=help_sheet)
async def persona_menu(scene: Scene) -> None:
    await scene.page.keyboard.press("Escape")
    await scene.menu("role-picker")


@state(after=persona_menu)
async def model_menu(scene: Scene) -> None:
    await scene.page.keyboard.press("Escape")
    await scene.menu("model-picker")


@state(after=model_menu)
async def sidebar_empty(scene: Scene) -> None:
    await scene.page.keyboard.press("Escape")
    await scene.sidebar()
    await expect(scene.page.locator(".sidebar-note")).to_be_visible()


@state()
async def welcome_with_many_sessions(scene: Scene) -> None:
    day = 24
    await scene.seed(*(0.1 * number for number in range(4)), 26, 27, *(day * (3 + 3 * number) for number in range(50)))
    await scene.open()
    await scene.sidebar()
    await expect(scene.get("session").nth(9)).to_be_visible()


@state(after=welcome_with_many_sessions)
async def searching(scene: Scene) -> None:
    await scene.page.route(lambda url: "/api/chat/sessions" in url and "offset=0" not in url, hang)
    await scene.get("search").fill(scene.words.title[:3])
    await expect(scene.get("more-sessions")).to_be_disabled()


@state(after=searching)
async def palette_with_results(scene: Scene) -> None:
    await scene.get("search").fill("")
    await scene.reset()
    await scene.page.keyboard.press("Control+k")
    await scene.get("palette-field").fill(scene.words.title[:3])
    await expect(scene.get("palette-option").first).to_be_visible()


@state(after=palette_with_results)
async def session_menu(scene: Scene) -> None:
    await scene.page.keyboard.press("Escape")
    await scene.sidebar()
    await scene.get("session").nth(1).hover()
    await scene.get("session-menu").nth(1).click()
    await expect(scene.get("rename")).to_be_visible()


@state(after=session_menu)
async def search_with_matches(scene: Scene) -> None:
    await scene.page.keyboard.press("Escape")
    await scene.get("search").fill(scene.words.title[:3])
    await expect(scene.get("session").first).to_be_visible()


@state(after=search_with_matches)
async def search_empty(scene: Scene) -> None:
    await scene.get("search").fill(scene.words.search)
    await expect(scene.get("no-matches")).to_be_visible()


@state(widths=(1280,))
async def sidebar_folded(scene: Scene) -> None:
    await scene.show(scene.words.question, scene.words.answer)
    await scene.page.locator(".sidebar-closer").click()
    await expect(scene.get("open-sidebar")).to_be_focused()


@state(after=sidebar_folded)
async def theme_menu(scene: Scene) -> None:
    await scene.get("open-sidebar").click()
    await scene.menu("theme")


@state()
async def start_failed(scene: Scene) -> None:
    await scene.page.route("**/api/me", lambda route: route.abort())
    await scene.open()
    await expect(scene.get("load-failed")).to_be_visible()


@state(after=start_failed)
async def list_failed(scene: Scene) -> None:
    await scene.replace_routes("**/api/chat/sessions?*", lambda route: route.abort())
    await scene.get("reload").click()
    await scene.sidebar()
    await expect(scene.get("list-failed")).to_be_visible()


@state(after=list_failed)
async def page_not_found(scene: Scene) -> None:
    await scene.reset()
    await scene.open("/nonsense")
    await expect(scene.get("missing")).to_be_visible()


@state(after=page_not_found)
async def session_not_found(scene: Scene) -> None:
    await scene.open("/s/00000000-0000-4000-8000-000000000000")
    await expect(scene.get("missing")).to_be_visible()


@state(after=session_not_found)
async def load_failed(scene: Scene) -> None:
    await scene.page.route("**/api/chat/history*", lambda route: route.abort())
    await scene.open("/s/00000000-0000-4000-8000-000000000001")
    await expect(scene.get("load-failed")).to_be_visible()


@state(after=load_failed)
async def loading(scene: Scene) -> None:
    await scene.replace_routes("**/api/chat/history*", hang)
    await scene.open("/s/00000000-0000-4000-8000-000000000002")
    await expect(scene.page.locator(".skeleton")).to_be_visible()


@state(after=loading)
async def conversation_menu(scene: Scene) -> None:
    await scene.reset()
    await scene.show(scene.words.question, scene.words.answer)
    await scene.menu("open-session-menu")


@state(after=conversation_menu)
async def rename_dialog(scene: Scene) -> None:
    await scene.get("rename").click()
    await expect(scene.page.get_by_role("dialog")).to_be_visible()


@state(after=rename_dialog)
async def clear_dialog(scene: Scene) -> None:
    await scene.page.keyboard.press("Escape")
    await scene.menu("open-session-menu")
    await scene.get("clear-history").click()
    await expect(scene.page.get_by_role("dialog")).to_be_visible()


@state(after=clear_dialog)
async def delete_with_undo(scene: Scene) -> None:
    await scene.page.keyboard.press("Escape")
    await scene.menu("open-session-menu")
    await scene.get("delete").click()
    await scene.get("undo").hover()
    await expect(scene.get("undo")).to_be_visible()


@state(after=delete_with_undo)
async def delete_failed(scene: Scene) -> None:
    await scene.page.route("**/api/chat/sessions/*", lambda route: route.abort())
    await scene.get("toast").get_by_role("button").last.click()
    await expect(scene.get("toast")).to_be_visible()
    await scene.get("toast").hover()
    await expect(scene.get("undo")).to_have_count(0)
