"""Faults of a server, one for each promise: the suite has to find them."""

import re
from collections.abc import Callable
from itertools import count
from typing import Any
from uuid import uuid4

from tests.conformance.faulty import Answer, Asked, Block, Event, Fault, matches
from tests.conformance.reader import fields
from tests.conformance.stream import TERMINAL

GONE = object()
ID = "last-event-id"
HISTORY = "GET /chat/history"


def sets(at: str, **members: Any) -> Callable[[Answer], None]:
    """Change members of answers: to a value, by a function of the old value, or away with `GONE`."""

    def change(answer: Answer) -> None:
        for name, value in members.items() if matches(at, answer.about) else ():
            answer.body[name] = value(answer.body.get(name)) if callable(value) else value
            if value is GONE:
                del answer.body[name]

    return change


def header(at: str, name: str, value: str | None) -> Callable[[Answer], None]:
    """Change a header of answers, or leave it out."""

    def change(answer: Answer) -> None:
        if matches(at, answer.about):
            answer.headers.pop(name.lower(), None)
            answer.headers |= {} if value is None else {name: value}

    return change


def status(at: str, wrong: int, only: int = 0) -> Callable[[Answer], None]:
    """Change the status of answers, or of the one with this number only."""
    numbers = count(1)

    def change(answer: Answer) -> None:
        if matches(at, answer.about) and only in (0, next(numbers)):
            answer.status = wrong

    return change


def messages(change: Callable[[list[dict[str, Any]]], list[dict[str, Any]]]) -> Callable[[Answer], None]:
    """Change the messages of histories."""
    return sets(HISTORY, messages=change)


def each(**members: Any) -> Callable[[list[dict[str, Any]]], list[dict[str, Any]]]:
    """Set members of every message."""
    return lambda found: [{**message, **members} for message in found]


def only_checks(asked: Asked) -> None:
    """Have imports store nothing."""
    if asked.path == "/me/import":
        asked.query["dry_run"] = "true"


def loses(*names: str) -> Callable[[Asked], None]:
    """Take headers, members and parameters out of requests."""

    def change(asked: Asked) -> None:
        for name in names:
            for part in (asked.headers, asked.body, asked.query):
                part.pop(name, None)

    return change


def renames_only(asked: Asked) -> None:
    """Show no other branch."""
    if "leaf" in asked.body:
        asked.body = {"title": "x"}


def deletes_reply(asked: Asked) -> None:
    """Delete the reply to a question only."""
    if asked.method == "DELETE":
        asked.path = re.sub("-q$", "-r", asked.path)


def always_allows(asked: Asked) -> None:
    """Take every answer to an approval for a permission."""
    if "decision" in asked.body:
        asked.body["decision"] = "allow"


def by_activity(found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(found, key=lambda session: float(session["updated_at"]), reverse=True)


def none_archived(found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{**hit, "archived": False} for hit in found]


def empty_is_x(asked: Asked) -> None:
    if asked.headers.get(ID) == "":
        asked.headers[ID] = "x"


def later(asked: Asked) -> None:
    """Move the cursor on by one event."""
    if ID in asked.headers:
        turn_id, _, seq = asked.headers[ID].rpartition(":")
        asked.headers[ID] = f"{turn_id}:{int(seq) + 1}"
    if "after" in asked.query:
        asked.query["after"] = str(int(asked.query["after"]) + 1)


def query_wins(asked: Asked) -> None:
    if "after" in asked.query:
        asked.headers.pop(ID, None)


def shortened(asked: Asked) -> None:
    if "message" in asked.body:
        asked.body["message"] = asked.body["message"][:100]


def other_words() -> Callable[[Asked], None]:
    """Change each question to /chat/stream but the first."""
    numbers = count(1)

    def change(asked: Asked) -> None:
        if asked.path == "/chat/stream" and next(numbers) > 1:
            asked.query["message"] += " more"

    return change


def drops(kind: str) -> Callable[[int, dict[str, Any]], list[Event]]:
    return lambda seq, data: [] if data["type"] == kind else [(seq, data)]


def changes(kind: str, **members: Any) -> Callable[[int, dict[str, Any]], list[Event]]:
    """Set members of events of a type, or take them away with `GONE`."""

    def change(seq: int, data: dict[str, Any]) -> list[Event]:
        if data["type"] == kind:
            data = {name: value for name, value in {**data, **members}.items() if value is not GONE}
        return [(seq, data)]

    return change


def no_nel(seq: int, data: dict[str, Any]) -> list[Event]:
    text = data.get("content")
    return [(seq, {**data, "content": text.replace("\x85", "\n")} if text else data)]


def twice(seq: int, data: dict[str, Any]) -> list[Event]:
    return [(seq, data)] * (1 if data["type"] in TERMINAL else 2)


def terminal_twice(seq: int, data: dict[str, Any]) -> list[Event]:
    return [(seq, data), (seq + 1, data)] if data["type"] in TERMINAL else [(seq, data)]


def empty_chunk(seq: int, data: dict[str, Any]) -> list[Event]:
    return [(seq, data)] if seq > 1 else [(seq, data), (seq, {"type": "chunk", "content": ""})]


def retry_at_error(seq: int, data: dict[str, Any]) -> list[Event]:
    retry = {"type": "retry", "attempt": 2, "reason": "model_incomplete", "wait_seconds": 0}
    return [(seq, retry), (seq + 1, data)] if data["type"] == "error" else [(seq, data)]


def smaller_snapshot(seq: int, data: dict[str, Any]) -> list[Event]:
    return [(seq - (data["type"] == "snapshot"), data)]


def too_great(seq: int, data: dict[str, Any]) -> list[Event]:
    return [(seq + 2**53, data)]


def comment_at_end(block: Block) -> list[Block]:
    is_end = '"type":"end"' in fields(block).get("data", "")
    return [block, [": more"]] if is_end else [block]


def no_comments(block: Block) -> list[Block]:
    return [] if block[0].startswith(":") else [block]


def without_wait(asked: Asked) -> None:
    """Take a valid `wait` for none at all."""
    if asked.query.get("wait") not in (None, "1"):
        asked.query.pop("wait")


def no_ping_event(block: Block) -> list[Block]:
    return [] if block == ["event: ping", "data: {}"] else [block]


def no_last_retry(block: Block) -> list[Block]:
    return [] if block[0].startswith("retry") and block != ["retry: 1000"] else [block]


def slower(block: Block) -> list[Block]:
    return [["retry: 2000"]] if block == ["retry: 1000"] else [block]


TURN = "GET /chat/turns/[^/]+ 200"
ASK = "POST /chat/turns "
STOP = "POST .*/cancel 200"
FOLLOW = "GET .*/events 200"
SHOWN = "GET /shares/[^/]+ 200"
MARKED = "PATCH /chat/sessions/[^/]+ 200"

FAULTS = (
    Fault("P1", "user_id is ''", answer=sets("POST /auth/guest", user_id="")),
    Fault("P2", "GET /api/chat/turns/", answer=sets("GET /api/chat/turns/[^/]+ ", state="running")),
    Fault("P3", "WWW-Authenticate is ''", answer=header("GET /chat/stream 401", "WWW-Authenticate", None)),
    Fault("P4", "title is None", answer=sets(" 404$", title=GONE)),
    Fault("P5", "Retry-After of 503 is '0'", answer=header(" 503$", "Retry-After", "0")),
    Fault("P6", "events: '/elsewhere'", answer=sets(ASK, events="/elsewhere")),
    Fault("P7", "status of POST /chat/turns: 409", request=loses("idempotency-key")),
    Fault("P8", ", and not 422", request=loses("idempotency-key")),
    Fault("P9", "turn_id of the refusal", answer=sets(" 409$", turn_id="x")),
    Fault("P10", "202, and not 422", request=loses("surprise")),
    Fault("P11", "the questions after them", request=loses("replace_from")),
    Fault("P12", "the reply's turn", answer=messages(each(turn_id="x"))),
    Fault("P13", "code of POST /chat/turns", answer=sets(" 409$", code="other")),
    Fault("P14", "what is said of another user's turn", answer=sets(" 404$", detail=lambda _: uuid4().hex)),
    Fault("P15", "X-Accel-Buffering: None", answer=header(FOLLOW, "X-Accel-Buffering", None)),
    Fault("P16", "the first block", block=slower),
    Fault("P17", "a seq is greater than", event=too_great),
    Fault("P18", "a start has no position", event=changes("start", position=GONE)),
    Fault("P19", "seconds passed without a comment", block=no_comments),
    Fault("P20", "something follows a terminal event", block=comment_at_end),
    Fault("P21", "the last block is", block=no_last_retry),
    Fault("P22", "the text:", event=no_nel),
    Fault("P23", "position is -1", event=changes("start", position=-1)),
    Fault("P24", "comes after", event=twice),
    Fault("P25", "the events are", event=terminal_twice),
    Fault("P26", "has no content", event=empty_chunk),
    Fault("P27", "attempt of the retry events", event=drops("retry")),
    Fault("P28", "the events are", event=retry_at_error),
    Fault("P29", "how many restart events", event=drops("restart")),
    Fault("P30", "what is stored, compared with what is shown", answer=messages(each(content="x"))),
    Fault("P31", "usage of the message", answer=messages(each(usage=None))),
    Fault("P32", "the turn:", answer=sets(TURN, state="running")),
    Fault("P33", "status of the next question: 409", answer=status(ASK, 409, only=2)),
    Fault("P34", "attempt: 2", answer=sets(TURN, attempt=2)),
    Fault("P35", "what is shown after", request=later),
    Fault("P36", "what is shown", request=later),
    Fault("P37", "status with the last id in the header", request=query_wins),
    Fault("P38", "status: 400", request=empty_is_x),
    Fault("P39", "200, and not 400", request=loses(ID)),
    Fault("P40", "200, and not 400", request=loses(ID)),
    Fault("P41", "status: 200, and not 204", answer=status(" 204$", 200)),
    Fault("P42", "the first event", request=loses(ID)),
    Fault("P43", "the events:", request=loses(ID)),
    Fault("P44", "the first event", request=loses(ID)),
    Fault("P45", "the first event after", request=loses(ID)),
    Fault("P46", "while the store is out of reach: 503", answer=status(FOLLOW, 503, only=3)),
    Fault("P47", "type and finish_reason of the last event", event=changes("end", finish_reason="stop")),
    Fault("P48", "there is a message_id", event=changes("end", message_id="M")),
    Fault("P49", "state in the answer: 'running'", answer=sets(STOP, state="running")),
    Fault("P50", "state in the answer: 'cancelled'", answer=sets(STOP, state="cancelled")),
    Fault("P51", "type and finish_reason of the last event", event=changes("end", finish_reason="stop")),
    Fault("P52", "messages and active turn", answer=messages(lambda _: [{}])),
    Fault("P53", "the last event:", event=changes("error", retryable=True)),
    Fault("P54", "the numbers after", event=smaller_snapshot),
    Fault("P55", "code of GET", answer=sets(" 404$", code="other")),
    Fault("P56", "code of GET", answer=sets(" 429$", code="other")),
    Fault("P57", "with a cursor above 0: 429", request=loses(ID)),
    Fault("P58", "202, and not 422", request=shortened),
    Fault("P59", "type and number of the first event", event=drops("start")),
    Fault("P60", "an event of before the cursor came", request=loses(ID)),
    Fault("P61", "the text of a stream that ended", request=other_words()),
    Fault("P62", "the questions in the history", answer=messages(lambda found: found[:2])),
    Fault("P63", "versions of", answer=messages(each(versions=None))),
    Fault("P64", "the branch of the first reply", request=loses("branch")),
    Fault("P65", "the history after it", request=renames_only),
    Fault("P66", "turn_id of the refusal", answer=sets(" 409$", turn_id="x")),
    Fault("P67", "the messages before the question", request=loses("parent_id")),
    Fault("P68", "leaf after it", answer=sets(HISTORY, leaf="x")),
    Fault("P69", "the history after a version was deleted", request=deletes_reply),
    Fault("P70", "has_more and has_later", answer=sets(HISTORY, has_later=False)),
    Fault("P71", "status of POST /chat/turns: 409", request=loses("when_busy")),
    Fault("P72", "active_turn between the two turns", answer=sets(HISTORY, active_turn=None)),
    Fault("P73", "paused and active_turn", answer=sets(HISTORY, paused=False)),
    Fault("P74", "the first of those that wait", answer=sets(HISTORY, waiting=lambda found: found[::-1])),
    Fault("P75", "waiting_revision of the list and", answer=sets(HISTORY, waiting_revision=-1)),
    Fault("P76", "how many resume events", event=drops("resume")),
    Fault("P77", "whether a resume came after", request=loses(ID)),
    Fault("P78", "media type of the export", request=loses("format")),
    Fault("P79", "how many sessions were imported", request=only_checks),
    Fault("P80", "200, and not 422", request=without_wait),
    Fault("P81", "the second block", block=no_ping_event),
    Fault("P82", "what the history says is set", answer=sets(HISTORY, temperature=1.0)),
    Fault("P83", "the roles of its user", answer=sets("GET /roles", roles=lambda found: found | {"x": {}})),
    Fault("P84", "persona of its reply", answer=messages(each(persona_name=None))),
    Fault("P85", "the list with two pinned sessions", answer=sets("GET /chat/sessions 200", sessions=by_activity)),
    Fault("P86", "the archived ones", request=loses("archived")),
    Fault("P87", "pinned and archived of an archived one", answer=sets(MARKED, pinned=True)),
    Fault("P88", "archived and tags after the question", answer=sets(HISTORY, tags=[])),
    Fault("P89", "the sessions with a tag", request=loses("tag")),
    Fault("P90", "archived of what was found", answer=sets("POST /chat/search", results=none_archived)),
    Fault("P91", "feedback on the version", answer=messages(each(feedback=None))),
    Fault("P92", "code of PUT", answer=sets("PUT .* 409$", code="other")),
    Fault("P93", "the messages that it shows", answer=sets(SHOWN, messages=lambda found: found[-1:])),
    Fault("P94", "what it shows of a running turn", answer=sets(SHOWN, is_running=False)),
    Fault("P95", "what is said of a link that was", answer=sets(" 404$", detail=lambda _: uuid4().hex)),
    Fault("P96", "headers of 200", answer=header(SHOWN, "X-Robots-Tag", None)),
    Fault("P97", "the first events", event=drops("start")),
    Fault("P98", "code of POST /chat/turns", request=loses("continue_from")),
    Fault("P99", "lost_workers of the reply", answer=messages(each(lost_workers=None))),
    Fault("P100", "the calls:", event=changes("tool_call", id="x")),
    Fault("P101", "type and finish_reason of the last event", event=changes("end", finish_reason="stop")),
    Fault("P102", "no restart came", event=drops("restart")),
    Fault("P103", "the first event beyond the last one", event=changes("snapshot", tool_calls=GONE)),
    Fault("P104", "the calls of a reader that left", request=later),
    Fault("P105", "start and results of call 0", event=drops("tool_start")),
    Fault("P106", "steps of the reply", answer=messages(each(steps=[]))),
    Fault("P107", "what is shown after", request=later),
    Fault("P108", "the first event beyond the last one", event=changes("snapshot", steps=GONE)),
    Fault("P109", "the event after the resume", event=drops("snapshot")),
    Fault("P110", "the turn while it waits", answer=sets(TURN, approvals=[])),
    Fault("P111", "note of the answer", event=changes("approval", note=GONE)),
    Fault("P112", "status of POST", request=always_allows),
    Fault("P113", "state in the answer", answer=sets(STOP, state="running")),
)
