"""Real openai-python, as a user of Holdfast."""

from typing import Any
from uuid import uuid4

import openai

from chat import keys
from tests.support import privacy
from tests.support.guests import token
from tests.support.waiting import PATIENCE


def client_for(url: str, user_id: str = "", *, retries: int = 0, **more: Any) -> openai.AsyncOpenAI:
    """Returns a client with a token of a user, by default of a new one. Use it inside `async with`."""
    key = token(user_id or f"user-{uuid4().hex[:12]}")
    return openai.AsyncOpenAI(base_url=f"{url}/v1", api_key=key, max_retries=retries, timeout=PATIENCE, **more)


def asked(question: str) -> list[Any]:
    """Returns messages that ask the question. The text is a user's: no log may contain it."""
    privacy.note(question)
    return [{"role": "user", "content": question}]


def turn_of(completion_id: str) -> str:
    """Returns the turn of a completion."""
    turn_id = completion_id.removeprefix("chatcmpl-")
    assert keys.is_turn_id(turn_id)
    return turn_id
