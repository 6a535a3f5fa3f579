"""The replies of unusual model servers reach readers and the store as the table says."""

import pytest

from tests.dialects import WITH_TEXT
from tests.dialects.case import Case
from tests.support.client import Client
from tests.support.model_server import Exchange, ModelServer, Script

DIALECTS = WITH_TEXT[::8]
"""Every eighth case of the table, so that all families are included."""


def answer(case: Case) -> Script:
    """Returns a script that sends the case's body and closes the connection."""

    async def script(exchange: Exchange) -> None:
        await exchange.head(200, {"content-type": case.content_type, "connection": "close"})
        await exchange.raw(case.body)

    return script


@pytest.mark.parametrize("case", DIALECTS, ids=[case.name for case in DIALECTS])
async def test_a_dialects_reply_reaches_readers_and_the_store(
    one_session: tuple[Client, str], model: ModelServer, question: str, case: Case
) -> None:
    user, session_id = one_session
    model.on(question, answer(case))
    transcript = await user.chat(session_id, question)
    end = transcript.end
    assert end is not None
    assert (transcript.text, transcript.thinking) == (case.text, case.thinking)
    assert (end.get("finish_reason"), end.get("code")) == (case.reason, case.failure)
    assert len(model.asked(question)) == 1
    reply = (await user.history(session_id))[-1]
    assert (reply["content"], reply.get("thinking", "")) == (case.text, case.thinking)
    assert (reply["finish_reason"], reply.get("error")) == (case.reason or "error", case.failure)
    counts = reply.get("usage", {"prompt_tokens": None, "completion_tokens": None})
    assert (counts["prompt_tokens"], counts["completion_tokens"]) == (case.usage or (None, None))
