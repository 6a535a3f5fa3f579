"""States of the settings' part with API tokens."""

import time

from playwright.async_api import Route, expect

from tests.e2e.scene import Scene
from tests.e2e.states.looks import settings_personas
from tests.e2e.states.table import state

DAY = 86_400


def _token(number: int, name: str, **more: object) -> dict[str, object]:
    made = {"id": f"token-{number}", "name": name, "scopes": ["chat"], "created_at": time.time() - 40 * DAY}
    return {**made, "expires_at": None, "last_used_at": None, **more}


async def _list(route: Route) -> None:
    tokens = [
        _token(1, "Open WebUI", last_used_at=time.time() - 3 * DAY),
        _token(2, "A script with a name that is long enough for two lines on a small screen", scopes=["read"]),
        _token(3, "Last month", expires_at=time.time() - DAY),
    ]
    await route.fulfill(json={"tokens": tokens, "limit": 50, "max_days": 0})


@state(after=settings_personas)
async def api_tokens(scene: Scene) -> None:
    await scene.page.route("**/api/me/tokens", _list)
    await scene.get("settings-tokens").click()
    await scene.get("ask-revoke").first.click()
    await expect(scene.get("confirm-revoke-token")).to_be_visible()


@state(after=api_tokens)
async def api_token_form(scene: Scene) -> None:
    await scene.page.unroute_all()
    await scene.get("new-token").click()
    await scene.get("make-token").click()
    await expect(scene.get("token-name")).to_have_attribute("aria-invalid", "true")


@state(after=api_token_form)
async def api_token_made(scene: Scene) -> None:
    await scene.get("token-name").fill("Open WebUI")
    await scene.get("make-token").click()
    await expect(scene.get("made-token")).to_be_focused()
