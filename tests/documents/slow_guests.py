"""docs/guides/guests.md: a guest's cookie carried into another client, and used as a token by a program."""

from pathlib import Path

import httpx2

from tests.documents import blocks
from tests.documents.shells import open_shell
from tests.documents.table import Record
from tests.support.fixtures import stack_of
from tests.support.stack import Stack

(CALL,) = blocks.of("docs/guides/guests.md")

guests = stack_of(auth_mode="guest")


async def test_a_copied_cookie_is_the_same_guest(guests: Stack, tmp_path: Path, record: Record) -> None:
    async with httpx2.AsyncClient(base_url=guests.url) as first, httpx2.AsyncClient(base_url=guests.url) as second:
        me = (await first.get("/me")).json()["user_id"]
        session_id = (await first.post("/chat/start")).json()["session_id"]
        assert (await second.get("/me")).json()["user_id"] != me
        second.cookies.set("holdfast", first.cookies["holdfast"], domain="127.0.0.1")
        assert (await second.get("/me")).json()["user_id"] == me
        listed = (await second.get("/chat/sessions")).json()["sessions"]
        assert [session["session_id"] for session in listed] == [session_id]
        async with open_shell("bash", tmp_path) as shell:
            await shell.type(f"TOKEN={first.cookies['holdfast']}")
            answer = await shell.type(CALL.code.replace("http://127.0.0.1:8000", guests.url))
    assert session_id in answer.output
    record(CALL, "bash", answer.seconds, "the guest's sessions")
