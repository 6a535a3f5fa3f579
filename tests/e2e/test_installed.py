"""The page's shell without a network, and without scripts."""

from playwright.async_api import Browser, expect

from tests.support.stack import Stack

KEPT = """caches.keys()
    .then(([name]) => caches.open(name))
    .then((cache) => cache.keys())
    .then((requests) => requests.map(({ url }) => new URL(url).pathname))"""
"""The paths of what the service worker keeps."""


async def test_an_installed_page_opens_without_a_network(browser: Browser, stack: Stack) -> None:
    context = await browser.new_context(locale="en-US")
    page = await context.new_page()
    await page.goto(stack.url)
    await page.get_by_test_id("composer").fill("a draft")
    await page.wait_for_function("() => navigator.serviceWorker.controller !== null")
    kept = await page.evaluate(KEPT)
    assert "/" in kept
    assert not [path for path in kept if path.startswith("/api")]
    await context.set_offline(True)
    await page.reload()
    await expect(page.locator("#root .app")).to_be_visible()
    await context.close()


async def test_a_page_without_scripts_says_what_it_needs(browser: Browser, stack: Stack) -> None:
    context = await browser.new_context(java_script_enabled=False)
    page = await context.new_page()
    await page.goto(stack.url)
    await expect(page.locator(".no-script")).to_be_visible()
    await expect(page.locator(".loading-page")).to_be_hidden()
    await context.close()
