"""The benchmark counts no wrong reply as right and dates no token earlier than it arrived."""

import json

import pytest

from bench.client import Response
from bench.figures import Tally, percentile
from bench.summary import Value, summarize
from bench.targets.base import Answer
from bench.texts import Wish
from bench.transcript import Transcript, parse_response, take_completion, take_turn
from bench.wire import Pieces, payloads

WISH = Wish(number=7, tokens=3)
OPENING, SECOND, THIRD = WISH.pieces()
HEAD = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"


def chunk(body: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(body), body)


def event(kind: str, content: str) -> bytes:
    return b"data: " + json.dumps({"type": kind, "content": content}).encode() + b"\r\n\r\n"


def answer(*parts: tuple[float, bytes], broken: bool = False) -> list[Answer]:
    return [Answer(0.0, Response(0.0, [(0.5, HEAD), *parts], broken))]


def tally(answers: list[Answer] | BaseException) -> Tally:
    counted = Tally()
    counted.count(WISH, answers, [0.1, 1.0, 1.1, 1.2], take_turn)
    return counted


def test_a_question_carries_the_whole_wish() -> None:
    wish = Wish(3, 40, rate=12.5, delay=0.25, held=True)
    assert Wish.parse(wish.question()) == wish


def test_no_two_replies_have_the_same_text() -> None:
    texts = {"".join(Wish(number, 50).pieces()) for number in range(1, 2000)}
    assert len(texts) == 1999


@pytest.mark.parametrize("cut", range(1, 120, 7))
def test_events_cut_at_any_byte_are_read(cut: int) -> None:
    raw = HEAD + chunk(event("chunk", "a")) + chunk(b": ping\r\n\r\n") + chunk(event("chunk", "b") + event("end", ""))
    pieces: Pieces = [(float(place), raw[place : place + cut]) for place in range(0, len(raw), cut)]
    assert [json.loads(data)["type"] for _, data in payloads(pieces)] == ["chunk", "chunk", "end"]
    assert parse_response(pieces, take_turn).text == "ab"


def test_a_token_arrives_with_its_last_character() -> None:
    transcript = Transcript()
    transcript.append(1.0, "ab")
    transcript.append(2.0, "cdef")
    assert list(transcript.times(["a", "bc", "d", "ef"])) == [1.0, 2.0, 2.0, 2.0]


def test_tokens_of_one_event_share_its_time_of_arrival() -> None:
    counted = tally(answer((1.3, chunk(event("chunk", OPENING))), (1.5, chunk(event("chunk", SECOND + THIRD)))))
    assert counted.latencies == pytest.approx([300, 400, 300])
    assert counted.first_tokens == pytest.approx([400])  # 1.3 s after the question, of which the model took 0.9
    assert (counted.failed, counted.wrong, counted.events) == (0, 0, 2)


def test_text_before_a_restart_does_not_count() -> None:
    first = chunk(event("chunk", OPENING) + event("restart", ""))
    counted = tally(answer((1.3, first), (2.0, chunk(event("chunk", OPENING + SECOND + THIRD)))))
    assert counted.wrong == 0
    assert counted.latencies == pytest.approx([1000, 900, 800])


@pytest.mark.parametrize("text", [OPENING + SECOND, OPENING + THIRD + SECOND, OPENING + SECOND + THIRD + "."])
def test_a_reply_that_differs_counts_as_wrong(text: str) -> None:
    counted = tally(answer((1.3, chunk(event("chunk", text)))))
    assert (counted.failed, counted.wrong, counted.latencies) == (0, 1, [])


def test_a_broken_answer_and_an_error_count_as_failed() -> None:
    whole = chunk(event("chunk", OPENING + SECOND + THIRD))
    assert tally(answer((1.3, whole), broken=True)).failed == 1
    assert tally(TimeoutError("late")).figures()["errors"] == ["TimeoutError: late"]


def test_a_completion_stream_is_read_without_its_usage() -> None:
    transcript = Transcript()
    take_completion(transcript, 1.0, {"choices": [{"delta": {"content": "hi"}}]})
    take_completion(transcript, 1.1, {"choices": [], "usage": {}})
    assert transcript.text == "hi"


def test_percentiles_use_the_nearest_rank() -> None:
    values = [float(value) for value in range(1, 101)]
    assert [percentile(values, percent) for percent in (50, 95, 99)] == [50, 95, 99]
    assert percentile([3.0], 95) == 3.0


def test_a_summary_has_the_median_and_the_spread_of_all_rounds() -> None:
    rows = [
        {"scenario": "one", "target": "relay", "round": number, "cpu_of": {"relay": value}}
        for number, value in enumerate((5.0, 1.0, 3.0), 1)
    ]
    assert summarize(rows)["one"]["relay"]["cpu_of.relay"] == Value(3.0, 1.0, 5.0)
