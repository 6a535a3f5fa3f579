"""Fixtures of the contract tests."""

from uuid import uuid4

import pytest

from tests.support.client import Client
from tests.support.fixtures import stack_of
from tests.support.model_server import Led, ModelServer, echo
from tests.support.sse import Story, frames, has, read
from tests.support.stack import NEXT_SECRET, SECRET

FRIEND = "https://friend.example"
WORDS = [f"w{number} " for number in range(12)]


@pytest.fixture
def question() -> str:
    """A question that no other test asks, so that its script at the model server is this test's alone."""
    return f"question {uuid4().hex[:12]}"


@pytest.fixture
async def led(model: ModelServer, question: str) -> Led:
    """The first answer to `question`, led by the test; when it is asked again, it is echoed."""
    script = Led()
    model.on(question, script, echo)
    return script


narrow = stack_of("package", context_messages="0", max_history_messages="0", model_tries="1")
"""A stack that sends no earlier messages, keeps all of them, and asks once."""


workless = stack_of("package", workers=0)
"""A stack without a worker: what is asked stays in the queue."""


guests = stack_of("package", auth_mode="guest")
"""A stack that believes tokens only."""


facing = stack_of(
    "package",
    auth_mode="guest",
    secret_key=NEXT_SECRET,
    secret_key_previous=SECRET,
    cors_origins=FRIEND,
    trusted_proxies="127.0.0.1",
)
"""A stack as it faces the internet: behind a proxy that ends TLS, with a friendly page, its key just changed."""


@pytest.fixture
async def half_told(user: Client, session_id: str, led: Led, question: str) -> Story:
    """A running turn, seen word by word up to the middle of its reply."""
    turn_id = await user.ask(session_id, question)
    exchange = await led.exchange()
    async with user.events(turn_id) as response:
        told, story = frames(response), Story()
        for word in WORDS[:6]:
            await exchange.say(word)
            await read(told, story, has(story.text + word))
    return story
