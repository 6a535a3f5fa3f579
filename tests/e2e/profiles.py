"""Browser profiles that are used again: a new one starts a process, which has to compile the page's code anew."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlsplit

from playwright.async_api import Browser, BrowserContext, CDPSession, Frame, Page

from tests.support.waiting import PATIENCE


class Profile:
    """A context of the browser. It keeps an empty page, so that its process does not end with the last other one."""

    def __init__(self, context: BrowserContext, cdp: CDPSession, empty: Page) -> None:
        self.context = context
        self._cdp = cdp
        self._empty = empty
        self._origins: set[str] = set()
        context.on("page", self._watch)

    def _watch(self, page: Page) -> None:
        page.on("framenavigated", self._note)

    def _note(self, frame: Frame) -> None:
        address = urlsplit(frame.url)
        if address.scheme in ("http", "https"):
            self._origins.add(f"{address.scheme}://{address.netloc}")

    async def empty(self) -> None:
        """Close its pages and remove all that they stored. The cache of files stays."""
        for page in self.context.pages:
            if page is not self._empty:
                await page.close()
        await self.context.set_offline(False)
        await self.context.clear_cookies()
        await self.context.clear_permissions()
        for origin in self._origins:
            await self._cdp.send("Storage.clearDataForOrigin", {"origin": origin, "storageTypes": "all"})
        self._origins.clear()


class Profiles:
    """The profiles that no page uses at the moment, by their settings."""

    def __init__(self, browser: Browser) -> None:
        self.browser = browser
        self._free: dict[str, list[Profile]] = {}
        self._spoilt: set[BrowserContext] = set()

    @asynccontextmanager
    async def context(self, **settings: Any) -> AsyncIterator[BrowserContext]:
        """Give the context of a new user with these settings, for which see `Browser.new_context`."""
        free = self._free.setdefault(repr(sorted(settings.items())), [])
        profile = free.pop() if free else await self._new(settings)
        try:
            yield profile.context
        except BaseException:
            self.spoil(profile.context)
            raise
        finally:
            if profile.context in self._spoilt:
                self._spoilt.remove(profile.context)
                await profile.context.close()
            else:
                await profile.empty()
                free.append(profile)

    def spoil(self, context: BrowserContext) -> None:
        """Use this context no more: its clock or its scripts are changed for all pages."""
        self._spoilt.add(context)

    async def close(self) -> None:
        """Close the profiles that are free, and so end their processes."""
        for free in self._free.values():
            for profile in free:
                await profile.context.close()
        self._free.clear()

    async def _new(self, settings: dict[str, Any]) -> Profile:
        context = await self.browser.new_context(service_workers="block", **settings)
        context.set_default_timeout(PATIENCE * 1000)
        empty = await context.new_page()
        return Profile(context, await context.new_cdp_session(empty), empty)
