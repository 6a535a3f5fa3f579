"""Unknown paths answer browsers with the page and programs with a problem document."""

import re

import pytest

from tests.support.client import Client
from tests.support.stack import ROOT

SCRIPT = re.compile(r'src="(/assets/[^"]+)"')
DIST = ROOT / "web" / "dist"
BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


@pytest.mark.parametrize("path", ["/nonsense", "/s/a/b", "/deep/er/nonsense"])
async def test_a_browser_at_an_unknown_path_gets_the_page(user: Client, path: str) -> None:
    answer = await user.http.get(path, headers=BROWSER)
    assert answer.status_code == 404
    assert answer.headers["content-type"].startswith("text/html")
    assert "script-src 'self'" in answer.headers["content-security-policy"]
    assert answer.headers["cache-control"] == "no-cache"
    assert answer.text == (await user.http.get("/")).text


@pytest.mark.parametrize(
    ("method", "path", "accept"),
    [
        ("GET", "/nonsense", "*/*"),
        ("GET", "/nonsense", "application/json"),
        ("GET", "/api/nonsense", "text/html"),
        ("POST", "/nonsense", "text/html"),
    ],
)
async def test_a_program_at_an_unknown_path_gets_a_problem(user: Client, method: str, path: str, accept: str) -> None:
    answer = await user.http.request(method, path, headers={"Accept": accept})
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["code"] == "not_found"


@pytest.mark.parametrize(
    ("accepted", "coding"),
    [
        ("gzip, deflate, br, zstd", "br"),
        ("gzip", "gzip"),
        ("br;q=0, gzip;q=0.5", "gzip"),
        ("br; q=0.0", None),
        ("identity", None),
    ],
)
async def test_the_page_is_sent_in_a_coding_that_is_taken(user: Client, accepted: str, coding: str | None) -> None:
    page = (await user.http.get("/", headers={"Accept-Encoding": "identity"})).text
    script = SCRIPT.findall(page)[0]
    for address in ("/", script):
        plain = await user.http.get(address, headers={"Accept-Encoding": "identity"})
        answer = await user.http.get(address, headers={"Accept-Encoding": accepted})
        assert answer.headers.get("content-encoding") == coding
        assert answer.headers["vary"] == "Accept-Encoding"
        assert answer.headers["content-type"] == plain.headers["content-type"]
        if coding == "br":  # which the client does not read
            name = "index.html" if address == "/" else address
            assert answer.content == (DIST / f"{name.lstrip('/')}.br").read_bytes()
        else:
            assert answer.text == plain.text


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/favicon.ico", "image/"),
        ("/apple-touch-icon.png", "image/png"),
        ("/robots.txt", "text/plain"),
        ("/manifest.webmanifest", "application/manifest+json"),
    ],
)
async def test_what_browsers_look_for_by_themselves_is_there(user: Client, path: str, kind: str) -> None:
    answer = await user.http.get(path)
    assert (answer.status_code, answer.headers["content-type"].startswith(kind)) == (200, True)


async def test_the_icons_of_the_manifest_are_there(user: Client) -> None:
    manifest = (await user.http.get("/manifest.webmanifest")).json()
    for icon in manifest["icons"]:
        answer = await user.http.get(icon["src"])
        assert (answer.status_code, answer.headers["content-type"]) == (200, icon["type"])


@pytest.mark.parametrize("coding", ["br", "identity"])
async def test_a_file_name_that_is_too_long_is_not_found(user: Client, coding: str) -> None:
    answer = await user.http.get(f"/assets/{'x' * 300}", headers={"Accept-Encoding": coding})
    assert answer.status_code == 404


async def test_a_missing_session_is_a_problem_for_browsers_too(user: Client) -> None:
    query = {"session_id": "00000000-0000-4000-8000-000000000000"}
    answer = await user.http.get("/chat/history", params=query, headers=BROWSER)
    assert (answer.status_code, answer.json()["code"]) == (404, "unknown_session")
