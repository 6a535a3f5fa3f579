"""Payloads that are not chunks: reports about the reply are ignored, lost text is a broken stream."""

from typing import Any

from tests.dialects.case import Case, assistant, chunk, events, odd, sse, stop, words


def fails(name: str, payload: Any) -> Case:
    return Case(
        f"{name} is a broken stream",
        "contract",
        sse(words("Hel"), payload, words("lo"), stop()),
        text="Hello",
        reason=None,
        failure="model_broken_stream",
        oddities=odd("payload"),
    )


def ignored(name: str, *payloads: Any, source: str = "contract") -> Case:
    """Returns a case with the payloads before, within and after the text."""
    stream = sse(payloads, words("Hel"), payloads, words("lo"), payloads, stop(), payloads)
    return Case(f"{name} are ignored", source, stream, text="Hello")


CITED = [{"title": "T", "url": "u", "content": "A page.", "snippet": "A"}]

CASES = [
    fails("text in an unknown field", {"foo": {"text": "x"}}),
    fails("text deep in a payload", {"a": {"b": [{"content": "x"}]}}),
    fails("a list of texts in an unknown field", {"foo": {"content": ["x"]}}),
    fails("a message of text without choices", {"conversation_id": "1", "message": "x"}),
    fails("text in an unknown field of the delta", chunk({"foo": {"text": "x"}})),
    fails("text in an unknown field of a part", chunk({"content": [{"type": "block", "foo": {"text": "x"}}]})),
    fails("content in a field without a known name", chunk({"content": {"foo": "x"}})),
    fails("a delta's field named contents", chunk({"contents": "x"})),
    fails("text in the data field of a part", chunk({"content": [{"type": "text", "data": "x"}]})),
    fails("text in the data field of a payload", {"id": 1, "data": "x"}),
    fails("a payload written as Python bytes", "b'" + '{"choices":[{"delta":{"content":"x"}}]}' + "'"),
    *(
        Case(
            f"text next to the end {where} is a broken stream",
            "contract",
            sse(words("Hello"), payload),
            text="Hello",
            reason=None,
            failure="model_broken_stream",
        )
        for where, payload in {
            "of a payload": {"foo": {"text": "x"}, "done": True},
            "of a choice": chunk({"foo": {"text": "x"}}, "stop"),
        }.items()
    ),
    Case(
        "text lost before other text is a broken stream",
        "contract",
        sse({"foo": {"text": "x"}}, words("Hello"), stop()),
        text="Hello",
        reason=None,
        failure="model_broken_stream",
    ),
    Case(
        "text in an unknown field after the reason is ignored",
        "contract",
        sse(words("Hello"), stop(), {"foo": {"text": "x"}}),
        text="Hello",
        oddities=odd("payload"),
    ),
    Case(
        "text lost between the reason and more is a broken stream",
        "contract",
        sse(words("Hel"), stop(), {"foo": {"text": "x"}}, words("lo")),
        text="Hel",
        reason=None,
        failure="model_broken_stream",
    ),
    ignored("keep-alives", {"type": "ping"}, {"type": "keep-alive", "content": ""}, {"heartbeat": True}),
    ignored(
        "events without data", {"event": "ping", "data": None}, {"event": "ping", "data": {"time": 1}}, {"data": "ping"}
    ),
    ignored("reports of progress", {"status": "processing"}, {"status": "processing", "message": "In the queue"}),
    ignored("reports of searches", {"type": "status", "content": "Searching"}, {"event": "search", "text": "weather"}),
    ignored("reports of success", {"code": 0, "message": "success"}, {"code": 200, "msg": "ok"}),
    ignored("citations", {"citations": ["u"], "search_results": CITED}, {"citations": [{"text": "x"}]}),
    ignored("results of a search", {"choices": [], "web_search": CITED}, {"search_info": {"search_results": CITED}}),
    ignored("sources", {"sources": [{"document": ["A page."], "source": {"content": "x"}}]}),
    ignored("references", {"choices": [], "copilot_references": [{"data": {"content": "A file."}}]}),
    ignored(
        "tokens of the prompt",
        {"choices": [], "prompt_token_ids": [1], "prompt_logprobs": [None, {"1": {"decoded_token": "x", "text": "x"}}]},
    ),
    ignored("timings", {"timings": {"prompt_n": 1}, "prompt_progress": {"total": 3, "processed": 1}}),
    ignored("Groq's own fields", {"x_groq": {"id": "req_1", "debug": {"text": "x"}}}),
    ignored("Azure's contexts", chunk({"context": {"citations": CITED, "intent": "[]"}})),
    ignored("annotations", chunk({"annotations": [{"type": "url_citation", "url_citation": CITED[0]}]})),
    ignored("log probabilities", chunk({}, choice={"logprobs": {"content": [{"token": "x", "text": "x"}]}})),
    ignored(
        "repeated questions",
        {"request": {"messages": [assistant("x")]}},
        {"messages": [{"role": "user", "content": "Hi"}]},
    ),
    ignored("empty fields", {"content": None}, {"text": ""}, {"data": []}, {"output": {}}, {"delta": {}}),
    ignored("titles", {"type": "title", "content": "A greeting"}, {"related_questions": ["Why?"]}),
    Case(
        "text of an event named status is ignored",
        "contract",
        sse(words("Hel"), done=False) + b"event: status\n" + events({"text": "Searching"}) + sse(words("lo"), stop()),
        text="Hello",
    ),
]
