"""Texts for people follow Accept-Language; errors are English and have a code."""

from uuid import uuid4

import pytest

from tests.contract.refusals import refused
from tests.support.client import Client

WELCOMES = {"zh": "你好！", "en": "Hello"}


@pytest.mark.parametrize("language", WELCOMES)
async def test_texts_follow_accept_language_and_errors_do_not(user: Client, language: str) -> None:
    asked = {"Accept-Language": language}
    started = (await user.http.post("/chat/start", headers=asked)).json()
    assert started["welcome_message"].startswith(WELCOMES[language])
    for path, status, code in (
        (f"/chat/turns/{uuid4()}.1", 404, "unknown_turn"),
        ("/no-such-page", 404, "not_found"),
        ("/chat/history", 422, "invalid_request"),
    ):
        problem = refused(await user.http.get(path, headers=asked), status, code)
        assert problem["detail"].isascii()
