"""docs/guides/proxies.md: its files in real proxies pass events on at once, and say who asks and how."""

import os
import re
import shutil
import ssl
from asyncio.subprocess import Process, create_subprocess_exec
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx2
import pytest
import yaml

from launcher import ports
from tests.documents import blocks
from tests.documents.blocks import Block
from tests.documents.table import Record
from tests.support import certificate
from tests.support.fixtures import stack_of
from tests.support.model_server import Led
from tests.support.sse import Transcript, frames, has, read
from tests.support.stack import KEPT, Stack, stopped
from tests.support.waiting import eventually
from tests.support.web_tier import CADDY

GUIDE = "docs/guides/proxies.md"
CADDYFILE, NGINX, TRAEFIK, SUB_PATH = (block for block in blocks.of(GUIDE) if block.way == "by")
NGINX_PROGRAM = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
needs_nginx = pytest.mark.skipif(not NGINX_PROGRAM, reason="nginx is not installed")
API = "127.0.0.1:8000"

behind = stack_of(auth_mode="guest", trusted_proxies="127.0.0.1", rate_limit_new_guests="1/hour")
"""One new guest for each address, so that the address that the API believes shows."""


@dataclass
class Proxy:
    """A running proxy with TLS. `below`: the sub-path, if it has one."""

    name: str
    block: Block
    url: str
    below: str
    trust: ssl.SSLContext

    def http(self, source: str = "127.0.0.1", **headers: str) -> httpx2.AsyncClient:
        """A client that connects from this address of the machine."""
        transport = httpx2.AsyncHTTPTransport(verify=self.trust, local_address=source)
        return httpx2.AsyncClient(base_url=self.url, transport=transport, headers=headers)


def caddy_command(folder: Path, api: str, port: int, _: int) -> list[str]:
    """Writes the guide's Caddyfile for an address of this machine, with a certificate of the test's."""
    cert, key = certificate.write(folder)
    text = CADDYFILE.code.replace("chat.example.com {", f"https://127.0.0.1:{port} {{\n\ttls {cert} {key}")
    file = folder / "Caddyfile"
    file.write_text("{\n\tadmin off\n\tpersist_config off\n\tauto_https off\n}\n" + text.replace(API, api), "utf-8")
    return [str(CADDY), "run", "--config", str(file), "--adapter", "caddyfile"]


def nginx_command(folder: Path, api: str, port: int, other: int) -> list[str]:
    """Writes an nginx.conf around the guide's file, and around its sub-path at another port."""
    cert, key = certificate.write(folder)
    text = NGINX.code.replace(API, api).replace("listen 443", f"listen 127.0.0.1:{port}")
    text = re.sub(r"(ssl_certificate) .*;", rf"\1 {cert};", text)
    text = re.sub(r"(ssl_certificate_key) .*;", rf"\1 {key};", text).replace(
        "/var/log/nginx/chat.log", f"{folder}/chat.log"
    )
    below = f"server {{ listen 127.0.0.1:{other}; access_log off;\n{SUB_PATH.code.replace(API, api)}}}"
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    temporary = "\n".join(f"{kind}_temp_path {folder}/{kind};" for kind in kinds)
    file = folder / "nginx.conf"
    head = f"daemon off; master_process off; pid {folder}/pid; error_log {folder}/error.log; events {{}}"
    file.write_text(f"{head}\nhttp {{\n{temporary}\n{text}\n{below}\n}}\n", "utf-8")
    return [str(NGINX_PROGRAM), "-e", f"{folder}/error.log", "-c", str(file)]


COMMANDS = {"caddy": (CADDYFILE, caddy_command), "nginx": (NGINX, nginx_command)}


@asynccontextmanager
async def running(name: str, stack: Stack, folder: Path) -> AsyncIterator[Proxy]:
    """Run the proxy in front of the stack's API."""
    block, command = COMMANDS[name]
    port, other = ports.several(2)
    environment = {name: value for name, value in os.environ.items() if name in KEPT} | {"HOME": str(folder)}
    started = command(folder, stack.url.removeprefix("http://"), port, other)
    with (folder / "proxy.log").open("wb") as sink:
        process: Process = await create_subprocess_exec(*started, env=environment, stdout=sink, stderr=sink)
    trust = ssl.create_default_context(cafile=folder / "cert.pem")
    proxy = Proxy(name, block, f"https://127.0.0.1:{port}", f"http://127.0.0.1:{other}/holdfast", trust)
    try:
        await eventually(lambda: _answers(proxy, process))
        yield proxy
    finally:
        await stopped([process])


async def _answers(proxy: Proxy, process: Process) -> bool:
    assert process.returncode is None, proxy.name
    async with proxy.http() as http:
        try:
            return (await http.get("/api/roles")).status_code == 200
        except httpx2.TransportError:
            return False


@pytest.fixture(params=["caddy", pytest.param("nginx", marks=needs_nginx)])
async def proxy(request: pytest.FixtureRequest, behind: Stack, tmp_path: Path) -> AsyncIterator[Proxy]:
    async with running(request.param, behind, tmp_path) as started:
        yield started


async def test_each_word_arrives_before_the_next_is_said(behind: Stack, proxy: Proxy, record: Record) -> None:
    led = Led()
    behind.model.on(f"Through {proxy.name}", led)
    source = {"caddy": "127.0.0.2", "nginx": "127.0.0.3"}[proxy.name]
    async with proxy.http(source) as http:
        token = (await http.post("/auth/guest")).json()["token"]
        http.headers["Authorization"] = f"Bearer {token}"
        session_id = (await http.post("/chat/start")).json()["session_id"]
        query = {"session_id": session_id, "message": f"Through {proxy.name}"}
        async with http.stream("GET", "/chat/stream", params=query) as response:
            assert response.status_code == 200
            events, transcript = frames(response), Transcript()
            for word in ("one ", "two ", "three"):
                await (await led.exchange()).say(word)
                said = transcript.text + word
                await read(events, transcript, until=has(said))
            await led.finish()
            await read(events, transcript)
    assert transcript.text == "one two three"
    record(proxy.block, proxy.name, 0, "each word arrived before the next")


async def test_cookies_are_secure_behind_the_proxy(proxy: Proxy) -> None:
    async with proxy.http({"caddy": "127.0.0.4", "nginx": "127.0.0.5"}[proxy.name]) as http:
        cookie = (await http.get("/me")).headers["set-cookie"]
    assert cookie.startswith("__Host-holdfast=")
    assert "Secure" in cookie


async def test_clients_are_counted_by_their_own_addresses(proxy: Proxy) -> None:
    one, other = {"caddy": ("127.0.0.6", "127.0.0.7"), "nginx": ("127.0.0.8", "127.0.0.9")}[proxy.name]
    statuses = []
    for source, claimed in ((one, "203.0.113.1"), (other, "203.0.113.2"), (one, "203.0.113.3")):
        async with proxy.http(source, **{"X-Forwarded-For": claimed}) as http:
            statuses.append((await http.post("/auth/guest")).status_code)
    assert statuses == [200, 200, 429]


@needs_nginx
async def test_programs_use_the_api_below_a_sub_path(behind: Stack, tmp_path: Path, record: Record) -> None:
    async with running("nginx", behind, tmp_path) as proxy:
        async with httpx2.AsyncClient(base_url=proxy.below) as http:
            assert set((await http.get("roles")).json()["roles"]) >= {"assistant"}
            assert (await http.get("")).status_code == 200
    record(SUB_PATH, "nginx", 0, "`GET /holdfast/roles` answers")


def test_traefiks_file_names_a_router_and_its_service(record: Record) -> None:
    http = yaml.safe_load(TRAEFIK.code)["http"]
    (router,) = http["routers"].values()
    (server,) = http["services"][router["service"]]["loadBalancer"]["servers"]
    assert server["url"] == f"http://{API}"
    record(TRAEFIK, "-", 0, "read as YAML; no Traefik here")
