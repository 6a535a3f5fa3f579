"""Every tenth row of the table of dialects through the whole stack: what readers see and what is stored."""

import pytest

from tests.dialects import TABLE
from tests.dialects.case import ROOM, Case
from tests.support.client import Client
from tests.support.model_server import Exchange, ModelServer

ROWS = [case for case in TABLE if case.room == ROOM][::10]


@pytest.mark.parametrize("case", ROWS, ids=[case.name for case in ROWS])
async def test_a_row_reaches_readers_and_the_history(
    user: Client, session_id: str, model: ModelServer, question: str, case: Case
) -> None:
    async def answer(exchange: Exchange) -> None:
        await exchange.head(200, {"content-type": case.content_type, "connection": "close"})
        await exchange.raw(case.body)

    model.on(question, answer)
    story = await user.chat(session_id, question)
    assert story.end is not None
    assert (story.text, story.thinking) == (case.text, case.thinking)
    if case.failure:
        assert story.end["code"] == case.failure
    elif case.text:
        assert story.end["finish_reason"] == case.reason
    stored = (await user.history(session_id))[1:]
    assert [(message["content"], message.get("thinking", "")) for message in stored] == (
        [(case.text, case.thinking)] if case.text or case.thinking else []
    )
