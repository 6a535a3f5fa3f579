"""Unknown paths answer browsers with the page and programs with a problem document."""

import pytest

from tests.support.client import Client

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


async def test_a_missing_session_is_a_problem_for_browsers_too(user: Client) -> None:
    query = {"session_id": "00000000-0000-4000-8000-000000000000"}
    answer = await user.http.get("/chat/history", params=query, headers=BROWSER)
    assert (answer.status_code, answer.json()["code"]) == (404, "unknown_session")
