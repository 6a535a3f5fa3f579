"""What the web tier serves itself, what it forwards, and what it keeps private."""

import asyncio
import json
import re
import ssl
from functools import partial
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.support import certificate
from tests.support.client import Client
from tests.support.stack import ROOT, Stack
from tests.support.upstream import Upstream
from tests.support.waiting import PATIENCE, eventually
from tests.support.web_tier import WebTier, run_web_tier

FOR_EVER = "public, max-age=31536000, immutable"
ASSET = next((ROOT / "web" / "dist" / "assets").glob("index-*.js")).name
CODED = {"content-encoding", "vary"}
OF_THE_FILE = CODED | set(
    "content-type content-length last-modified etag accept-ranges cache-control date server".split()
)
OF_THE_REQUEST = {"x-request-id"}
SETTINGS_FRAME = 4


@pytest.mark.parametrize("path", ["/", "/s/0b9f6a1c-6d0e-4b55-9a3e-4b8f3f3f0001"])
async def test_every_page_path_serves_the_page_and_is_revalidated(visitor: Client, path: str) -> None:
    response = await visitor.http.get(path)
    assert response.status_code == 200
    assert response.text == (ROOT / "web" / "dist" / "index.html").read_text("utf-8")
    assert response.headers["Cache-Control"] == "no-cache"
    again = await visitor.http.get(path, headers={"If-None-Match": response.headers["ETag"]})
    assert again.status_code == 304


async def test_files_with_hashed_names_are_cached_for_ever(visitor: Client) -> None:
    response = await visitor.http.get(f"/assets/{ASSET}")
    assert response.status_code == 200
    assert response.headers["Cache-Control"] == FOR_EVER
    assert response.headers["Content-Encoding"] in ("br", "gzip")
    assert (await visitor.http.get("/favicon.svg")).headers["Cache-Control"] == "no-cache"


async def test_a_missing_file_is_not_cached(visitor: Client) -> None:
    response = await visitor.http.get("/assets/index-gone.js")
    assert (response.status_code, response.headers["Cache-Control"]) == (404, "no-cache")


@pytest.mark.parametrize("path", ["/", f"/assets/{ASSET}", "/theme.js", "/nothing-here"])
async def test_the_page_has_the_headers_that_the_api_gives_it(visitor: Client, pair: Stack, path: str) -> None:
    """The API's headers for its own page are the reference."""
    async with pair.client() as direct:
        page = await direct.http.get("/")
    assert page.status_code == 200
    wanted = {name: value for name, value in page.headers.items() if name not in OF_THE_FILE | OF_THE_REQUEST}
    assert "content-security-policy" in wanted
    response = await visitor.http.get(path)
    assert {name: response.headers.get(name) for name in wanted} == wanted, "bring web/Caddyfile in line with the API"
    assert "Server" not in response.headers


async def test_hsts_is_sent_only_behind_a_trusted_tls_terminator(visitor: Client, pair: Stack, tmp_path: Path) -> None:
    behind_tls = {"X-Forwarded-Proto": "https"}
    assert "Strict-Transport-Security" in (await visitor.http.get("/", headers=behind_tls)).headers
    assert "Strict-Transport-Security" not in (await visitor.http.get("/")).headers
    async with run_web_tier(tmp_path, pair.urls, web_trusted_proxies="192.0.2.1/32") as tier, tier.client() as forger:
        assert "Strict-Transport-Security" not in (await forger.http.get("/", headers=behind_tls)).headers


@pytest.mark.parametrize("prefix", ["", "/api"])
async def test_every_route_answers_at_its_own_path_and_under_api(visitor: Client, prefix: str) -> None:
    session_id = (await visitor.http.post(f"{prefix}/chat/start")).json()["session_id"]
    assert (await visitor.http.get(f"{prefix}/chat/history", params={"session_id": session_id})).status_code == 200
    for path in ("/roles", "/models", "/me", "/chat/sessions"):
        assert (await visitor.http.get(prefix + path)).status_code == 200, path


@pytest.mark.parametrize(
    "path",
    ["/metrics", "/api/metrics", "/api/metrics/", "/api/%6detrics", "/API/METRICS", "/docs", "/openapi.json",
     "/swagger/swagger-ui.css", "/health/live", "/health/ready", "/health/ready/", "//health/ready", "/HEALTH/READY",
     "/%68ealth/ready", "/health%2fready", "/api/health/ready", "/chat/../health/ready", "/chat/%2e%2e/health/ready"],
)  # fmt: skip
async def test_paths_for_operators_are_not_public(tier: WebTier, path: str) -> None:
    """Sent as raw bytes, because clients normalise paths."""
    reader, writer = await asyncio.open_connection("127.0.0.1", tier.port)
    writer.write(f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
    answer = (await reader.read()).decode()
    writer.close()
    await writer.wait_closed()
    assert answer.split()[1] == "404"
    assert "holdfast_" not in answer
    assert '"redis"' not in answer


async def test_documentation_is_served_with_web_docs_on(pair: Stack, tmp_path: Path) -> None:
    async with run_web_tier(tmp_path, pair.urls, web_docs="on") as tier, tier.client() as client:
        for path in ("/docs", "/openapi.json", "/swagger/swagger-ui.css"):
            assert (await client.http.get(path)).status_code == 200
        assert (await client.http.get("/metrics")).status_code == 404


async def test_its_own_metrics_are_at_the_internal_address(tier: WebTier, visitor: Client) -> None:
    await visitor.http.get("/roles")
    async with httpx2.AsyncClient() as http:
        assert "caddy_http_requests_total" in (await http.get(f"{tier.internal}/metrics")).text
        assert (await http.get(f"{tier.internal}/health/live")).status_code == 200


async def test_the_access_log_has_paths_without_queries_and_no_headers(tier: WebTier, visitor: Client) -> None:
    session_id = await visitor.start()
    secret = "words-not-to-be-logged"
    headers = {"Authorization": secret, "Referer": f"https://example.com/?{secret}", "Last-Event-ID": secret}
    params = {"session_id": session_id, "message": secret}
    assert (await visitor.http.get("/chat/stream", params=params, headers=headers)).status_code >= 400
    await eventually(lambda: _logged(tier, "/chat/stream"))
    assert secret not in tier.access_log.read_text("utf-8")


SHARED = {
    "cache-control": "private, no-store",
    "referrer-policy": "no-referrer",
    "x-robots-tag": "noindex, nofollow",
}


async def test_the_page_of_a_share_link_has_the_headers_of_the_api(visitor: Client, pair: Stack) -> None:
    path = f"/share/{'0' * 40}"
    async with pair.client() as direct:
        page = await direct.http.get(path)
    response = await visitor.http.get(path)
    assert response.text == page.text == (ROOT / "web" / "dist" / "share.html").read_text("utf-8")
    assert {name: response.headers.get_list(name) for name in SHARED} == {name: [SHARED[name]] for name in SHARED}
    wanted = {name: value for name, value in page.headers.items() if name not in OF_THE_FILE | OF_THE_REQUEST}
    assert {name: response.headers.get(name) for name in wanted} == wanted, "bring web/Caddyfile in line with the API"


async def test_no_log_has_the_secret_of_a_share_link(tmp_path: Path) -> None:
    link = "0123456789abcdef" * 2 + "01234567"
    async with run_web_tier(tmp_path, ["http://127.0.0.1:9"], api_seconds="100ms") as tier, tier.client() as reader:
        for path in (f"/share/{link}", f"/shares/{link}", f"/api/shares/{link}/files/x?form=preview"):
            await reader.http.get(path)
        assert (await reader.http.get(f"/shares/{link}")).status_code == 503
        for path in ("/share/", "/shares/", "/api/shares/"):
            await eventually(partial(_logged, tier, path))
    for log in (tier.access_log, tmp_path / "caddy.log"):
        assert link not in log.read_text("utf-8"), log.name


async def test_a_request_id_is_in_the_answer_and_both_tiers_logs(tier: WebTier, pair: Stack, visitor: Client) -> None:
    for given in ({}, {"X-Request-ID": "mine-7"}):
        body = {"session_id": await visitor.start(), "message": "named"}
        answer = await visitor.http.post("/chat/turns", json=body, headers=given)
        name = answer.headers["X-Request-ID"]
        assert name == given.get("X-Request-ID", name)
        await eventually(partial(_named, tier, name))
        assert f'"request_id": "{name}"' in pair.logs()
    strange = (await visitor.http.get("/roles", headers={"X-Request-ID": "no name; at all"})).headers["X-Request-ID"]
    assert " " not in strange
    await eventually(partial(_named, tier, strange))


async def _named(tier: WebTier, request_id: str) -> bool:
    return request_id in [line.get("request_id") for line in _lines(tier)]


async def _logged(tier: WebTier, uri: str) -> bool:
    return uri in [line["request"]["uri"] for line in _lines(tier)]


def _lines(tier: WebTier) -> list[dict[str, Any]]:
    return [json.loads(line) for line in tier.access_log.read_text("utf-8").splitlines()]


async def test_too_long_a_head_and_too_large_a_body_are_refused(visitor: Client) -> None:
    assert (await visitor.http.get("/roles", headers={"X-Long": "x" * 65_536})).status_code == 431
    response = await visitor.http.post("/chat/turns", content=b"x" * (1 << 21))
    assert (response.status_code, response.json()["code"]) == (413, "body_too_large")


async def test_without_any_api_the_answer_is_503_with_retry_after(tmp_path: Path) -> None:
    async with Upstream().serve() as upstream:
        gone = upstream.url
    async with run_web_tier(tmp_path, [gone], api_seconds="300ms") as tier, tier.client() as client:
        response = await client.http.get("/chat/sessions")
        assert (response.status_code, response.json()["code"]) == (503, "server_unavailable")
        assert response.headers["Content-Type"] == "application/problem+json"
        assert response.headers["Retry-After"]
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert (await client.http.get("/")).status_code == 200


@pytest.mark.parametrize(
    ("trusted", "address", "scheme"),
    [("192.0.2.1/32", "127.0.0.1", "http"), ("127.0.0.1/32", "203.0.113.9, 127.0.0.1", "https")],
)
async def test_forwarding_headers_count_only_from_trusted_proxies(
    tmp_path: Path, trusted: str, address: str, scheme: str
) -> None:
    forged = {"X-Forwarded-For": "203.0.113.9", "X-Forwarded-Proto": "https"}
    async with (
        Upstream().serve() as upstream,
        run_web_tier(tmp_path, [upstream.url], web_trusted_proxies=trusted) as tier,
        tier.client() as client,
    ):
        await client.http.get("/roles", headers=forged)
        head = upstream.heads[0]
    assert re.search(rf"(?im)^x-forwarded-for: {re.escape(address)}\r$", head)
    assert re.search(rf"(?im)^x-forwarded-proto: {scheme}\r$", head)


async def test_a_terminator_in_front_may_speak_http_2(tier: WebTier) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", tier.port)
    writer.write(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes([0, 0, 0, SETTINGS_FRAME, 0, 0, 0, 0, 0]))
    frame = await asyncio.wait_for(reader.readexactly(9), PATIENCE)
    assert frame[3] == SETTINGS_FRAME
    writer.close()
    await writer.wait_closed()


async def test_with_a_certificate_it_serves_tls_and_http_2(pair: Stack, tmp_path: Path) -> None:
    cert, key = certificate.write(tmp_path)
    settings = {"web_scheme": "https", "web_tls_cert": str(cert), "web_tls_key": str(key)}
    trusting = ssl.create_default_context(cafile=str(cert))
    async with (
        run_web_tier(tmp_path, pair.urls, **settings) as tier,
        httpx2.AsyncClient(base_url=tier.url.replace("http:", "https:"), verify=trusting) as http,
    ):
        page = await http.get("/")
        assert "Strict-Transport-Security" in page.headers
        await http.get("/api/me")
        assert [cookie.secure for cookie in http.cookies.jar] == [True]
        browser = ssl.create_default_context(cafile=str(cert))
        browser.set_alpn_protocols(["h2", "http/1.1"])
        _, writer = await asyncio.open_connection("127.0.0.1", tier.port, ssl=browser)
        assert writer.get_extra_info("ssl_object").selected_alpn_protocol() == "h2"
        writer.transport.abort()  # HTTP/2 would follow
