"""Text stays unchanged from the question to the model, and from the model to readers and history."""

import httpx2
import pytest

from tests.contract.refusals import nothing_stored, refused
from tests.support.client import Client
from tests.support.model_server import ModelServer, tell
from tests.support.sse import read
from tests.support.stack import Stack

TEXTS = {
    "emoji": "👩‍👩‍👧‍👦 🏳️‍🌈 😀",
    "right to left": "שלום \u202eעולם مرحبا",
    "line separators": "a\u2028b\u2029c\x85d\x0be\x0cf",
    "line breaks": "a\nb\r\nc\rd\n\n\ne",
    "NUL and controls": "a\0b\x01\x1b[31m\x7f",
    "four bytes": "𝕳𠮷𪚥",
    "combining": "e\u0301 ñ n\u0303 ﬁ Å",
    "zero width and BOM": "a\u200b\ufeffb",
    "noncharacters": "\ufffe \uffff \U0010ffff",
    "SSE look-alikes": "data: x\n\nevent: end\nid: 1:2\n: ping",
    "JSON look-alikes": '"}],{"type":"end"} \\u0000 \\',
    "Chinese": "你好，世界！「测试」",
    "spaces": "  leading, trailing\t \u3000",
}


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS.keys())
async def test_posted_questions_and_replies_keep_every_character(
    user: Client, session_id: str, model: ModelServer, text: str
) -> None:
    model.on(text, tell(*text))
    transcript = await user.chat(session_id, text)
    assert transcript.text == text
    assert [exchange.question for exchange in model.asked(text)] == [text]
    assert [message["content"] for message in await user.history(session_id)] == [text, text]
    assert (await user.follow(transcript.events[0]["turn_id"])).text == text


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS.keys())
async def test_a_question_in_the_query_keeps_every_character(
    user: Client, session_id: str, model: ModelServer, text: str
) -> None:
    model.on(text, tell(text))
    async with user.stream(session_id, text) as response:
        assert (await read(response)).text == text
    assert [message["content"] for message in await user.history(session_id)] == [text, text]


async def test_a_title_keeps_its_characters(user: Client, session_id: str) -> None:
    title = "👩‍🏫 שלום \u2028 e\u0301"
    response = await user.http.patch(f"/chat/sessions/{session_id}", json={"title": title})
    assert response.json()["title"] == title
    listed = (await user.http.get("/chat/sessions")).json()["sessions"]
    assert listed[0]["title"] == title


@pytest.mark.parametrize("raw", ["a%FFb", "%ED%A0%80", "%C3", "%F5%80%80%80", "%C0%80"])
async def test_a_query_that_is_not_valid_utf8_is_refused(stack: Stack, user: Client, session_id: str, raw: str) -> None:
    query = f"user_id={user.user_id}&session_id={session_id}&message={raw}"
    async with nothing_stored(stack, user, session_id), httpx2.AsyncClient() as http:
        refused(await http.get(f"{stack.url}/chat/stream?{query}"), 422, "invalid_request")
