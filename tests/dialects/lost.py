"""Payloads that are no chunks: those that tell of the reply harm nothing, those whose text is lost are no success."""

from typing import Any

from tests.dialects.case import Case, chunk, events, odd, said, sse, stop, words


def fails(name: str, payload: Any) -> Case:
    return Case(
        f"{name} is no success",
        "contract",
        sse(words("Hel"), payload, words("lo"), stop()),
        text="Hello",
        reason=None,
        failure="model_broken_stream",
        oddities=odd("payload"),
    )


def harmless(name: str, *payloads: Any, source: str = "contract") -> Case:
    """Before the text, within it and after it."""
    stream = sse(payloads, words("Hel"), payloads, words("lo"), payloads, stop(), payloads)
    return Case(f"{name} harm nothing", source, stream, text="Hello")


CITED = [{"title": "T", "url": "u", "content": "A page.", "snippet": "A"}]

CASES = [
    fails("text in an unknown field", {"foo": {"text": "x"}}),
    fails("text deep in a payload", {"a": {"b": [{"content": "x"}]}}),
    fails("a list of texts in an unknown field", {"foo": {"content": ["x"]}}),
    fails("a message of text without choices", {"conversation_id": "1", "message": "x"}),
    fails("text in an unknown field of the delta", chunk({"foo": {"text": "x"}})),
    fails("text in an unknown field of a part", chunk({"content": [{"type": "block", "foo": {"text": "x"}}]})),
    fails("content in a field without a known name", chunk({"content": {"foo": "x"}})),
    fails("contents of the delta", chunk({"contents": "x"})),
    fails("text that a part calls data", chunk({"content": [{"type": "text", "data": "x"}]})),
    fails("text that a payload calls data", {"id": 1, "data": "x"}),
    fails("a payload that Python wrote", "b'" + '{"choices":[{"delta":{"content":"x"}}]}' + "'"),
    *(
        Case(
            f"text beside the end {where} is no success",
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
        "text in an unknown field before any other",
        "contract",
        sse({"foo": {"text": "x"}}, words("Hello"), stop()),
        text="Hello",
        reason=None,
        failure="model_broken_stream",
    ),
    Case(
        "text in an unknown field after the reason harms nothing",
        "contract",
        sse(words("Hello"), stop(), {"foo": {"text": "x"}}),
        text="Hello",
        oddities=odd("payload"),
    ),
    Case(
        "text lost after the reason and more text is no success",
        "contract",
        sse(words("Hel"), stop(), {"foo": {"text": "x"}}, words("lo")),
        text="Hel",
        reason=None,
        failure="model_broken_stream",
    ),
    harmless("keep-alives", {"type": "ping"}, {"type": "keep-alive", "content": ""}, {"heartbeat": True}),
    harmless(
        "events without data", {"event": "ping", "data": None}, {"event": "ping", "data": {"time": 1}}, {"data": "ping"}
    ),
    harmless("reports of progress", {"status": "processing"}, {"status": "processing", "message": "In the queue"}),
    harmless("reports of searches", {"type": "status", "content": "Searching"}, {"event": "search", "text": "weather"}),
    harmless("good news", {"code": 0, "message": "success"}, {"code": 200, "msg": "ok"}),
    harmless("citations", {"citations": ["u"], "search_results": CITED}, {"citations": [{"text": "x"}]}),
    harmless("results of a search", {"choices": [], "web_search": CITED}, {"search_info": {"search_results": CITED}}),
    harmless("sources", {"sources": [{"document": ["A page."], "source": {"content": "x"}}]}),
    harmless("references", {"choices": [], "copilot_references": [{"data": {"content": "A file."}}]}),
    harmless(
        "tokens of the prompt",
        {"choices": [], "prompt_token_ids": [1], "prompt_logprobs": [None, {"1": {"decoded_token": "x", "text": "x"}}]},
    ),
    harmless("timings", {"timings": {"prompt_n": 1}, "prompt_progress": {"total": 3, "processed": 1}}),
    harmless("Groq's own fields", {"x_groq": {"id": "req_1", "debug": {"text": "x"}}}),
    harmless("Azure's context", chunk({"context": {"citations": CITED, "intent": "[]"}})),
    harmless("annotations", chunk({"annotations": [{"type": "url_citation", "url_citation": CITED[0]}]})),
    harmless("log probabilities", chunk({}, choice={"logprobs": {"content": [{"token": "x", "text": "x"}]}})),
    harmless(
        "questions repeated", {"request": {"messages": [said("x")]}}, {"messages": [{"role": "user", "content": "Hi"}]}
    ),
    harmless("empty fields", {"content": None}, {"text": ""}, {"data": []}, {"output": {}}, {"delta": {}}),
    harmless("titles", {"type": "title", "content": "A greeting"}, {"related_questions": ["Why?"]}),
    Case(
        "a line of progress of a server's own is no text",
        "contract",
        sse(words("Hel"), done=False) + b"event: status\n" + events({"text": "Searching"}) + sse(words("lo"), stop()),
        text="Hello",
    ),
]
