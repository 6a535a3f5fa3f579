"""The results of a reply have a bound together."""

from chat.tool_calls import ReplyStep, ServerCall
from worker.tools.result_room import LEAST, LEFT_OUT, ResultRoom


def result(content: str) -> ReplyStep:
    return ReplyStep(calls=[ServerCall(id="c", name="t", server="s", arguments="", status="ok", content=content)])


def test_results_within_the_bound_stay_whole() -> None:
    room = ResultRoom(1000)
    assert [room.fit(text) for text in ("a" * 600, "b" * 400)] == ["a" * 600, "b" * 400]


def test_a_result_beyond_the_bound_says_what_is_left_out() -> None:
    room = ResultRoom(1000)
    room.fit("a" * 600)
    kept = room.fit("b" * 9000)
    assert len(kept) <= 400
    left_out = 9000 - kept.count("b")
    assert kept == "b" * kept.count("b") + LEFT_OUT.format(left_out)


def test_each_result_has_some_room() -> None:
    room = ResultRoom(1000)
    texts = [room.fit("a" * 1000) for _ in range(20)]
    assert all(LEAST // 2 < len(text) <= LEAST for text in texts[1:])


def test_a_later_attempt_counts_the_results_in_the_log() -> None:
    room = ResultRoom(1000)
    room.begin([result("a" * 500), result("b" * 400)])
    assert len(room.fit("c" * 1000)) <= LEAST
