"""A Caddy on the same machine in front of the published port: TLS by its own authority, and many visitors."""

import asyncio
import ssl
from asyncio.subprocess import DEVNULL, create_subprocess_exec
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from http.cookies import SimpleCookie
from pathlib import Path

import httpx2

from launcher import ports
from tests.chaos.transcripts import CALM_QUESTION, CALM_WHOLE
from tests.containers.compose_stack import ComposeStack
from tests.containers.scenarios import Figures
from tests.support.sse import frames, read
from tests.support.stack import stopped
from tests.support.waiting import eventually
from tests.support.web_tier import CADDY

GUESTS = 120
ALLOWED = 100
"""New guests of one address in an hour: the default of RATE_LIMIT_NEW_GUESTS."""

CADDYFILE = """
{{
    admin off
    persist_config off
    skip_install_trust
    auto_https disable_redirects
    storage file_system {folder}
    log default {{
        output discard
    }}
}}
https://localhost:{port} {{
    bind 127.0.0.1
    tls internal
    reverse_proxy {upstream}
}}
"""
"""The forwarding is Caddy's default."""


@dataclass(frozen=True)
class Proxy:
    """A running Caddy: its address, and what trusts its certificate."""

    url: str
    trust: ssl.SSLContext

    def visitor(self, number: int) -> httpx2.AsyncClient:
        """A browser with an address of its own, 127.x.y.z."""
        address = f"127.0.{1 + number // 250}.{1 + number % 250}"
        transport = httpx2.AsyncHTTPTransport(verify=self.trust, local_address=address)
        return httpx2.AsyncClient(base_url=self.url, transport=transport, timeout=60)


async def proxied(stack: ComposeStack) -> Figures:
    """Visit through the proxy as many people, then as one, and read a reply while it is written."""
    async with open_proxy(stack) as proxy:
        async with proxy.visitor(GUESTS + 4) as browser:
            assert "strict-transport-security" in (await browser.get("/")).headers, "the page"
        names = await asyncio.gather(*(new_guest(proxy, number) for number in range(GUESTS)))
        assert len(set(names)) == GUESTS
        refused_after = await guests_of_one_address(proxy, GUESTS)
        assert refused_after == ALLOWED, refused_after
        assert await new_guest(proxy, GUESTS + 1), "another address is not affected"
        pieces = await read_while_written(proxy)
    logs = await stack.logs()
    seen = {number for number in range(GUESTS) if f'"127.0.1.{1 + number}"' in logs}
    assert len(seen) == GUESTS, "web does not log the addresses of its visitors"
    return {"guests": GUESTS, "refused_after": refused_after, "addresses_logged": len(seen), "pieces": pieces}


async def new_guest(proxy: Proxy, number: int) -> str:
    """Become a guest as a browser does. Checks the cookie. Returns the guest's name."""
    async with proxy.visitor(number) as browser:
        response = await browser.get("/me")
        response.raise_for_status()
        (cookie,) = SimpleCookie(response.headers["set-cookie"]).values()
        assert (cookie.key, bool(cookie["secure"])) == ("__Host-holdfast", True), response.headers["set-cookie"]
        return str(response.json()["user_id"])


async def guests_of_one_address(proxy: Proxy, number: int) -> int:
    """How many guests one address may become."""
    async with proxy.visitor(number) as browser:
        for count in range(2 * ALLOWED):
            browser.cookies.clear()
            if (await browser.get("/me")).status_code == 429:
                return count
    return 2 * ALLOWED


async def read_while_written(proxy: Proxy) -> int:
    """Read a reply, of which the first word arrives while the model is writing. Returns the number of its pieces."""
    async with proxy.visitor(GUESTS + 2) as browser:
        await browser.get("/me")
        session_id = (await browser.post("/chat/start")).json()["session_id"]
        asked = {"session_id": session_id, "message": CALM_QUESTION}
        turn_id = (await browser.post("/chat/turns", json=asked)).json()["turn_id"]
        async with browser.stream("GET", f"/chat/turns/{turn_id}/events") as response:
            source = frames(response)
            transcript = await read(source, until=lambda so_far: bool(so_far.text))
            assert (await browser.get(f"/chat/turns/{turn_id}")).json()["state"] == "running"
            await read(source, transcript)
        assert transcript.text == CALM_WHOLE
        return transcript.types.count("chunk")


@asynccontextmanager
async def open_proxy(stack: ComposeStack) -> AsyncIterator[Proxy]:
    """Run a Caddy in front of the first web tier's published port."""
    folder = stack.folder / "caddy"
    folder.mkdir()
    port = ports.free()
    text = CADDYFILE.format(folder=folder, port=port, upstream=stack.urls[0].removeprefix("http://"))
    file = folder / "Caddyfile"
    file.write_text(text, "utf-8")
    process = await create_subprocess_exec(
        CADDY, "run", "--config", file, "--adapter", "caddyfile", stdin=DEVNULL, stdout=DEVNULL, stderr=DEVNULL
    )
    try:
        yield await answering(f"https://localhost:{port}", folder / "pki" / "authorities" / "local" / "root.crt")
    finally:
        await stopped([process])


async def answering(url: str, authority: Path) -> Proxy:
    """Wait until the proxy has a certificate of its own authority and answers."""

    async def proxy() -> Proxy | None:
        try:
            made = Proxy(url, ssl.create_default_context(cafile=str(authority)))
            async with made.visitor(GUESTS + 3) as browser:
                await browser.get("/roles")
        except (OSError, httpx2.TransportError):
            return None
        return made

    found = await eventually(proxy)
    assert found
    return found
