"""The log names the fields of a model's answer that are not read, and never quotes their text."""

import pytest
from structlog.testing import capture_logs

from tests.dialects.case import chunk, sse, stop
from tests.unit.test_dialects import CollectingSink
from worker.llm import client
from worker.llm.failures import ModelFailure
from worker.llm.lost import MAX_FIELD_NAMES
from worker.llm.reply import ReplyDecoder


def decoder_of(*deltas: dict[str, object]) -> ReplyDecoder:
    """Returns a decoder that has taken the deltas and the end of the reply."""
    decoder = ReplyDecoder(CollectingSink(), 1000)
    decoder.feed(sse(*(chunk(delta) for delta in deltas), stop()))
    return decoder


def test_unknown_fields_are_logged_by_name_without_their_text() -> None:
    with capture_logs() as logs:
        client._count_oddities(decoder_of({"cogitation": "plan"}, {"Speech_": {"foo": "secret"}}), "m")
    assert logs == [
        {
            "event": "model_oddity",
            "log_level": "info",
            "kind": "unknown_field",
            "model": "m",
            "fields": ["Speech_", "cogitation"],
        }
    ]


@pytest.mark.parametrize("name", ["two words", "a" * 41, "plan1", "Größe", ""])
def test_a_name_that_may_be_a_text_is_logged_as_other(name: str) -> None:
    assert decoder_of({name: "plan"}).unknown_fields == ["other"]


def test_only_a_few_names_are_kept() -> None:
    deltas: list[dict[str, object]] = [{f"field_{'x' * number}y": "plan"} for number in range(3 * MAX_FIELD_NAMES)]
    assert len(decoder_of(*deltas).unknown_fields) == MAX_FIELD_NAMES


def test_text_in_an_unknown_field_is_output() -> None:
    decoder = ReplyDecoder(CollectingSink(), 1000)
    decoder.feed(sse(chunk({"role": "assistant", "channel": "final"}), done=False))
    assert not decoder.has_output
    decoder.feed(sse(chunk({"cogitation": "plan"}), done=False))
    assert decoder.has_output


def test_a_reply_of_unknown_text_fails() -> None:
    with pytest.raises(ModelFailure) as caught:
        decoder_of({"cogitation": "plan"}).finish()
    assert caught.value.code == "model_broken_stream"
