"""The page in a deployment that accepts only tokens of an identity provider."""

from pathlib import Path
from urllib.parse import quote

from playwright.async_api import BrowserContext, expect

from tests.support.databases import database
from tests.support.provider import providing
from tests.support.stack import run_stack

SIGN_IN = "/oauth2/start?rd={url}"


async def test_a_visitor_who_has_not_signed_in_gets_a_link(
    redis_url: str, tmp_path: Path, context: BrowserContext
) -> None:
    async with providing() as provider:
        async with run_stack(
            database(redis_url), tmp_path, workers=0, sign_in_url=SIGN_IN, **provider.settings
        ) as stack:
            page = await context.new_page()
            await page.goto(stack.url)
            await expect(page.get_by_test_id("load-failed")).to_contain_text("This server requires a sign-in")
            link = page.get_by_test_id("sign-in")
            await expect(link).to_have_attribute("href", f"/oauth2/start?rd={quote(page.url, safe='')}")
            await expect(page.get_by_test_id("reload")).to_have_count(0)
            assert await context.cookies() == []
            await page.close()
