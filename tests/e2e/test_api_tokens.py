"""A reader makes an API token in the settings, uses it elsewhere, and revokes it."""

import httpx2
from playwright.async_api import Page, expect

from tests.support.stack import Stack


async def test_a_token_from_the_page_works_until_it_is_revoked(stack: Stack, page: Page) -> None:
    await page.goto(f"{stack.url}/#settings/tokens")
    await page.get_by_test_id("new-token").click()
    await expect(page.get_by_test_id("token-name")).to_be_focused()
    await page.get_by_test_id("token-name").fill("Open WebUI")
    await page.get_by_test_id("token-scope").get_by_text("Only read").click()
    await page.get_by_test_id("token-days").get_by_text("90 days").click()
    await page.keyboard.press("Enter")
    token = await page.get_by_test_id("token-token").inner_text()
    await page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    await page.get_by_test_id("copy-token-python").click()
    line = await page.evaluate("navigator.clipboard.readText()")
    assert line == f'from openai import OpenAI; client = OpenAI(base_url="{stack.url}/api/v1", api_key="{token}")'
    async with httpx2.AsyncClient(base_url=stack.url, headers={"Authorization": f"Bearer {token}"}) as program:
        assert (await program.get("/api/chat/sessions")).status_code == 200
        assert (await program.post("/api/chat/start")).json()["code"] == "token_forbidden"

        await page.get_by_test_id("token-done").click()
        await page.reload()
        await expect(page.get_by_test_id("token")).to_contain_text("Last used")
        assert token not in await page.content()
        await page.get_by_test_id("ask-revoke").click()
        await page.get_by_test_id("confirm-revoke-token").click()
        await expect(page.get_by_test_id("token")).to_have_count(0)
        await expect(page.get_by_test_id("new-token")).to_be_focused()
        assert (await program.get("/api/chat/sessions")).json()["code"] == "bad_token"
