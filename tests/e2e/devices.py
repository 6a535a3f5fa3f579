"""Other devices of a user: they see a change when they look for it, which they do at the latest after some seconds."""

from playwright.async_api import Page


async def look_again(page: Page) -> None:
    """Has the page do what it does when its reader comes back to it. It does so every few seconds by itself."""
    await page.evaluate("() => window.dispatchEvent(new Event('focus'))")
