"""The privacy check of all logs finds keys, tokens and user text."""

import json
from pathlib import Path

import httpx2
import pytest

from tests.support import privacy
from tests.support.client import Client
from tests.support.privacy import leaks, leaks_of_run

TEXTS = ["what I said to you", "what I said\nto all", "我说的话不该出现在任何日志里"]
TOKEN = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhIn0.c2ln"


@pytest.fixture(autouse=True)
def _no_records(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(privacy, "said", set())
    monkeypatch.setattr(privacy, "written", set())


@pytest.mark.parametrize(
    ("log", "kind"),
    [
        ("key=sk-secret-one", "a key"),
        (f"Authorization: Bearer {TOKEN}", "a token"),
        (f"api_token=hf_{'-aZ' * 14}0", "a token"),
        ('{"event": "x", "error": "what I said to you"}', "a text"),
        ("error='what I said\\nto all'", "a text"),
        (json.dumps({"error": TEXTS[2]}), "a text"),
    ],
)
def test_private_data_in_a_log_is_found(log: str, kind: str) -> None:
    found = list(leaks(f"first line\n{log}\n", ["sk-secret-one"], TEXTS))
    assert [leak.partition(":")[0] for leak in found] == [kind]


def test_every_log_of_a_folder_is_checked(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "stack.log").write_text("turn_opened\n", "utf-8")
    privacy.note("a text of some length")
    assert leaks_of_run(tmp_path, ["sk-secret-one"]) == ([], "turn_opened\n")
    (tmp_path / "b.log").write_text("a text of some length\n", "utf-8")
    assert leaks_of_run(tmp_path, [])[0] == ["b.log: a text: 'a text of some length'"]


@pytest.mark.parametrize("name", ["secret_key", "valkey_password"])
def test_a_secret_made_by_the_launcher_is_found(tmp_path: Path, name: str) -> None:
    (tmp_path / "a" / ".holdfast").mkdir(parents=True)
    (tmp_path / "a" / ".holdfast" / name).write_text("0123456789abcdef\n", "utf-8")
    (tmp_path / "b.log").write_text("redis://:0123456789abcdef@127.0.0.1\n", "utf-8")
    assert leaks_of_run(tmp_path, [])[0] == ["b.log: a key: 012345…"]
    (tmp_path / "b.log").unlink()  # otherwise the check at the end of the run finds it


async def test_text_of_failed_requests_is_recorded() -> None:
    async with Client("http://127.0.0.1:1") as user:
        for sending in (
            user.post_turn("no session", "a text that is refused"),
            user.http.get("/chat/stream", params={"message": "a text in an address"}),
            user.http.patch("/chat/sessions/x", json={"title": "a title that is refused"}),
        ):
            with pytest.raises(httpx2.ConnectError):
                await sending
    assert privacy.said == {"a text that is refused", "a text in an address", "a title that is refused"}


def test_a_missing_log_fails_the_check(tmp_path: Path) -> None:
    privacy.written.add(tmp_path / "gone.log")
    with pytest.raises(AssertionError, match=r"gone\.log"):
        leaks_of_run(tmp_path, [])
