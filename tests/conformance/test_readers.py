"""The suite's own reader does what docs/protocol.md asks of readers."""

from functools import partial

import pytest

from tests.conformance import readers

SILENCE_SECONDS = 3.0
"""Long enough for a busy machine to send what a script has, short enough to wait for once."""

PLAY = readers.Play(partial(readers.own, silence_seconds=SILENCE_SECONDS))


@pytest.mark.parametrize("number", readers.CHECKS)
async def test_our_reader_does_what_the_document_asks(number: str) -> None:
    await readers.CHECKS[number](PLAY)
