"""A page with a user of its own, and helpers that bring it into a state."""

import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from playwright.async_api import Locator, Page, Route, expect

from chat import keys
from chat.events import AnyEvent
from chat.messages import Message
from chat.settings import Settings
from chat.turns import Turns
from launcher import valkey
from tests.e2e import going_on
from tests.e2e.profiles import Profiles
from tests.e2e.providers import PROVIDERS
from tests.e2e.samples import BY_LOCALE, MAX_LENGTH, Samples
from tests.support.model_server import Script, tell
from tests.support.network import Relay, relay
from tests.support.providers import run_with_file
from tests.support.stack import SECRET, Stack, run_stack
from tests.support.waiting import eventually

WIDTHS = {390: 844, 820: 1180, 1280: 800}
HANDHELD = {390, 820}
HOUR = 3600.0
IDLE = 3
"""The number of the database of the stack without a worker."""
SEVERAL = 5
"""The number of the database of the stack with several providers."""
MOST_FILES = 5
"""Of a message on the stack with several providers: each file is read by a process of its own."""
OFTEN = "100000/minute"
LONGEST = str(MAX_LENGTH)
PATIENT = {"rate_limit_address": OFTEN, "max_message_chars": LONGEST}
RATE_LIMITED = {**PATIENT, "rate_limit_user": "60/minute"}

GO = "(path) => { history.pushState(null, '', path); dispatchEvent(new PopStateEvent('popstate')); }"


@dataclass(frozen=True)
class Stage:
    """Four stacks. `full`: as in production; `idle`: no worker, a low rate limit; `small`: demo model, 4 messages.

    `several`: models of two providers, of which the first is the stack's model server.
    """

    full: Stack
    idle: Stack
    small: Stack
    several: Stack


@asynccontextmanager
async def set_stage(folder: Path) -> AsyncIterator[Stage]:
    """Start the stacks on one Valkey, each in a database of its own."""
    small = {"demo_model": "scripted", "models": "scripted", "max_history_messages": "4", **PATIENT}
    async with AsyncExitStack() as stack:
        redis_url = stack.enter_context(valkey.running(folder))
        made = []
        for number, settings in enumerate((PATIENT, RATE_LIMITED, small), start=2):
            subfolder = folder / str(number)
            subfolder.mkdir()
            workers = 0 if number == IDLE else 1
            running = run_stack(f"{redis_url[:-1]}{number}", subfolder, apis=1, workers=workers, **settings)
            made.append(await stack.enter_async_context(running))
        subfolder = folder / "several"
        subfolder.mkdir()
        file = run_with_file(
            f"{redis_url[:-1]}{SEVERAL}",
            subfolder,
            PROVIDERS,
            rate_limit_address=OFTEN,
            max_message_chars=LONGEST,
            max_files_per_message=str(MOST_FILES),
        )
        several = await stack.enter_async_context(file)
        made.append(replace(several.stack, model=several.servers["first"]))
        yield Stage(*made)


@dataclass
class Scene:
    """One page on one stack."""

    stack: Stack
    page: Page
    words: Samples
    width: int
    relay: Relay
    profiles: Profiles

    @property
    def url(self) -> str:
        return self.stack.url

    @property
    def narrow(self) -> bool:
        return self.width < 860

    def get(self, test_id: str) -> Locator:
        return self.page.get_by_test_id(test_id)

    @property
    def reply(self) -> Locator:
        return self.page.locator('[data-role="assistant"]').last

    async def open(self, path: str = "/", *, through_relay: bool = False) -> None:
        """Load the page, or let the loaded one go to the address as by the browser's arrows."""
        base = f"http://127.0.0.1:{self.relay.port}" if through_relay else self.url
        if self.page.url.startswith(base):
            await self.page.evaluate(GO, path)
        else:
            await self.page.goto(base + path)

    async def reset(self) -> None:
        """Leave the state before: intercept no requests, close a dialog or a menu, and go to the empty page."""
        await self.page.unroute_all()
        await self.page.keyboard.press("Escape")
        await self.open()
        await expect(self.get("example").first).to_be_visible()

    async def replace_routes(self, pattern: str, handler: Callable[[Route], Any]) -> None:
        """Intercept these requests only."""
        await self.page.unroute_all()
        await self.page.route(pattern, handler)

    async def call(self, method: str, path: str, **more: Any) -> Any:
        """Send a request as the page's user."""
        response = await self.page.context.request.fetch(f"{self.url}/api{path}", method=method, **more)
        assert response.ok, await response.text()
        return await response.json()

    async def user_id(self) -> str:
        return str((await self.call("GET", "/me"))["user_id"])

    async def answered_session(self, *exchanges: tuple[str, Script], role: str | None = None) -> str:
        """Create a session in which these questions were asked and answered. Returns its ID."""
        session_id: str = (await self.call("POST", "/chat/start"))["session_id"]
        for question, script in exchanges:
            self.stack.model.on(question, script)
            body = {"session_id": session_id, "message": question, **({"role": role} if role else {})}
            turn_id = (await self.call("POST", "/chat/turns", data=body))["turn_id"]
            await eventually(partial(self._is_over, turn_id))
        return session_id

    async def answer_again(self, session_id: str, message_id: str) -> None:
        """Make another version of a reply."""
        body = {"session_id": session_id, "replace_from": message_id}
        turn_id = (await self.call("POST", "/chat/turns", data=body))["turn_id"]
        await eventually(partial(self._is_over, turn_id))

    async def _is_over(self, turn_id: str) -> bool:
        return (await self.call("GET", f"/chat/turns/{turn_id}"))["state"] not in ("queued", "running")

    async def show(self, question: str, *pieces: str, **more: Any) -> None:
        """Open a session with one question and its complete reply."""
        await self.user_id()
        await self.open(f"/s/{await self.answered_session((question, tell(*pieces, **more)))}")
        await expect(self.reply).to_have_attribute("data-state", "done")

    async def ask(self, question: str, script: Script | None = None) -> None:
        """Type the question into the page and send it."""
        if script:
            self.stack.model.on(question, script)
        await self.get("composer").fill(question)
        await self.get("send").click()
        await self.page.wait_for_url("**/s/*")

    async def seed(self, *ages: float) -> list[str]:
        """Create sessions that were last used so many hours ago, with the samples' titles."""
        user_id = await self.user_id()
        listing = keys.user_sessions(user_id)
        made = []
        for number, hours in enumerate(ages):
            session_id: str = (await self.call("POST", "/chat/start"))["session_id"]
            used = time.time() - hours * HOUR
            title = self.words.titles[number % len(self.words.titles)]
            fields = {"title": title, "updated_at": str(used)}
            await self.stack.store.execute_command("HSET", keys.session(session_id), *sum(fields.items(), ()))
            await self.stack.store.zadd(listing, {session_id: used})
            made.append(session_id)
        return made

    async def remember(self, session_id: str, *messages: Message) -> None:
        """Store messages in a session as some turns would have done."""
        await self.stack.store.execute_command("RPUSH", keys.messages(session_id), *(one.to_json() for one in messages))

    async def begin_as_worker(self, *tokens: str) -> None:
        """Act as a worker: begin the open session's turn once for each claim token."""
        turn_id = await self._turn()
        turns = Turns(self.stack.store, Settings(secret_key=SECRET))
        for token in tokens:
            assert (await turns.begin(turn_id, token)).status == "begun"

    async def write_as_worker(self, written: str) -> None:
        """Act as a worker that writes a part of the open session's reply and is lost."""
        await going_on.begin(self.stack, await self._turn(), written)

    async def write_events_as_worker(self, *events: AnyEvent) -> None:
        """Act as a worker that writes events of the open session's reply and is lost."""
        await going_on.begin_with(self.stack, await self._turn(), *events)

    async def go_on_as_worker(self, written: str) -> None:
        """Act as a worker that writes a part of the open session's reply, and as one that goes on with it."""
        turn_id = await self._turn()
        await going_on.begin(self.stack, turn_id, written)
        await going_on.go_on(self.stack, turn_id)

    async def _turn(self) -> str:
        session_id = urlsplit(self.page.url).path.removeprefix("/s/")
        return await eventually(partial(self._active_turn, session_id))

    async def _active_turn(self, session_id: str) -> str:
        history = await self.call("GET", f"/chat/history?session_id={session_id}")
        return history["active_turn"] or ""

    def spoil(self) -> None:
        """Let no other page use this one's profile: the state changes its clock."""
        self.profiles.spoil(self.page.context)

    async def menu(self, test_id: str) -> None:
        await self.get(test_id).first.click()
        await expect(self.page.locator(".menu:popover-open")).to_be_visible()

    async def sidebar(self) -> None:
        """Make sure that the sidebar is visible."""
        if self.narrow:
            await self.get("open-sidebar").click()
        await expect(self.get("new-chat")).to_be_visible()


async def hang(route: Route) -> None:
    """Never answer a request of the page."""


Reach = Callable[[Scene], Awaitable[None]]
Theme = Literal["light", "dark"]


@asynccontextmanager
async def scene(
    profiles: Profiles, stack: Stack, locale: str, width: int, theme: Theme = "light"
) -> AsyncIterator[Scene]:
    """Open a page for a new user, without animations. Errors in the page fail the test."""
    settings = {
        "locale": locale,
        "viewport": {"width": width, "height": WIDTHS[width]},
        "color_scheme": theme,
        "reduced_motion": "reduce",
        "device_scale_factor": 1,
        "has_touch": width in HANDHELD,
        "is_mobile": width in HANDHELD,
    }
    broken: list[str] = []
    async with profiles.context(**settings) as context, relay(urlsplit(stack.url).port or 0) as link:
        page = await context.new_page()
        page.on("pageerror", lambda error: broken.append(str(error)))
        yield Scene(stack, page, BY_LOCALE[locale], width, link, profiles)
        assert broken == []
