"""Errors inside responses with status 200."""

import json
from typing import Any

from tests.dialects.case import JSON, Case, compact, events, sse, words

ANTHROPIC = {"type": "error", "error": {"details": None, "type": "api_error", "message": "Internal server error"}}
OVERLOADED = {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}


def with_code(code: Any, failure: str, message: str = "No.") -> Case:
    """Returns a case of an error frame after the first word."""
    error = {"message": message, "type": "error", "param": None, "code": code}
    body = sse(words("Hel"), {"error": error})
    return Case(f"the code {code!r} is {failure}", "contract", body, "Hel", reason=None, failure=failure)


def failing(name: str, body: bytes, failure: str, source: str = "contract", text: str = "") -> Case:
    return Case(name, source, body, text, reason=None, failure=failure)


def answer(name: str, error: Any, failure: str, source: str = "contract") -> Case:
    """Returns a case of an error as the whole response."""
    return Case(name, source, compact(error).encode(), reason=None, failure=failure, content_type=JSON)


CASES = [
    with_code("rate_limit_exceeded", "model_rate_limited"),
    with_code(429, "model_rate_limited"),
    with_code("invalid_api_key", "model_unauthorized"),
    with_code(401, "model_unauthorized"),
    with_code("model_not_found", "model_not_found"),
    with_code(404, "model_not_found"),
    with_code("context_length_exceeded", "model_context_too_long"),
    with_code("insufficient_quota", "model_quota"),
    with_code(402, "model_quota"),
    with_code(422, "model_bad_request"),
    with_code(503, "model_server_error"),
    with_code(None, "model_server_error"),
    failing("an error of plain text is a server error", sse({"error": "boom"}), "model_server_error"),
    failing("an error that is a list is a server error", sse({"error": ["odd"]}), "model_server_error"),
    failing(
        "Anthropic's error event after text is a server error",
        sse(words("d with a"), done=False) + b"event: error\n" + events(ANTHROPIC),
        "model_server_error",
        "BerriAI/litellm#4562",
        "d with a",
    ),
    failing(
        "an error event over several data lines is a rate limit",
        b'event: error\ndata: {\ndata:   "error": {"message": "slow down", "code": 429}\ndata: }\n\n',
        "model_rate_limited",
        "SamSaffron/term-llm#454",
    ),
    failing(
        "an error event without an error field is a server error",
        sse(words("Hel"), done=False) + b'event: error\ndata: {"message": "upstream is down"}\n\n',
        "model_server_error",
        text="Hel",
    ),
    failing(
        "an overloaded server is a server error", events(OVERLOADED), "model_server_error", "liaohch3/claude-tap#43"
    ),
    answer(
        "an error whose code is a long number is a server error",
        {"error": {"code": "500001", "type": "INVOKE_MODEL_ERROR", "message": "服务接口异常,请联系管理员"}},
        "model_server_error",
        "www.ctyun.cn/qzdh/143601_65",
    ),
    answer("an answer with only a detail is a server error", {"detail": "The model is loading"}, "model_server_error"),
    answer("a code with a msg is an error", {"code": 401, "msg": "令牌已过期", "success": False}, "model_unauthorized"),
    answer("a code with a message is an error", {"code": 429, "message": "Slow down"}, "model_rate_limited"),
    Case(
        "an error as a document of many lines is a quota failure",
        "contract",
        json.dumps({"error": {"message": "No credit", "code": 402}}, indent=2).encode(),
        reason=None,
        failure="model_quota",
        content_type=JSON,
    ),
    failing(
        "a code with a message in a stream is an error",
        sse(words("Hel"), {"code": 500, "message": "Engine stopped"}),
        "model_server_error",
        text="Hel",
    ),
]
