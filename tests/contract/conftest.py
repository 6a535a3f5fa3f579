"""Fixtures of the contract tests."""

from collections.abc import AsyncIterator
from uuid import uuid4

import pytest

from tests.contract.outcomes import assert_goes_on
from tests.support.client import Client
from tests.support.fixtures import stack_of
from tests.support.model_server import Led, ModelServer, echo
from tests.support.sse import Transcript, frames, has, read
from tests.support.stack import NEXT_SECRET, SECRET, Stack

ALLOWED_ORIGIN = "https://friend.example"
WORDS = [f"w{number} " for number in range(12)]


@pytest.fixture
def question() -> str:
    """Returns a question unique to this test, so that its script at the model server serves this test only."""
    return f"question {uuid4().hex[:12]}"


@pytest.fixture
async def led(model: ModelServer, question: str) -> Led:
    """Lets the test send the first answer to `question`; a repeated request is echoed."""
    script = Led()
    model.on(question, script, echo)
    return script


narrow = stack_of("package", context_messages="0", max_history_messages="0", model_tries="1")
"""A stack that sends no earlier messages to the model, keeps all messages, and tries the model once."""


workless = stack_of("package", workers=0, max_queue_seconds="0")
"""A stack without a worker: turns stay in the queue, and do not make it refuse others, however long they wait."""


guests = stack_of("package", auth_mode="guest")
"""A stack that accepts identity by token only."""


facing = stack_of(
    "package",
    auth_mode="guest",
    secret_key=NEXT_SECRET,
    secret_key_previous=SECRET,
    cors_origins=ALLOWED_ORIGIN,
    trusted_proxies="127.0.0.1",
)
"""A stack as on the internet: behind a TLS proxy, with an allowed origin and a recently changed key."""


@pytest.fixture(scope="module")
async def one_session(stack: Stack) -> AsyncIterator[tuple[Client, str]]:
    """A user with one session, in which a file's tests ask one after the other: it goes on after each of them."""
    async with stack.client() as user:
        session_id = await user.start()
        yield user, session_id
        await assert_goes_on(user, session_id)


@pytest.fixture
async def half_read(user: Client, session_id: str, led: Led, question: str) -> Transcript:
    """Follows a running turn word by word up to the middle of its reply."""
    turn_id = await user.ask(session_id, question)
    exchange = await led.exchange()
    async with user.events(turn_id) as response:
        received, transcript = frames(response), Transcript()
        for word in WORDS[:6]:
            await exchange.say(word)
            await read(received, transcript, has(transcript.text + word))
    return transcript
