"""Finish reasons in each spelling, and several of them in one stream."""

from tests.dialects.case import Case, chunk, odd, sse, stop, words


def ends(reason: object, meant: str) -> Case:
    body = sse(words("Hello"), stop(reason))
    return Case(f"the reason {reason!r} is {meant}", "contract", body, text="Hello", reason=meant)


def fails(reason: str) -> Case:
    return Case(
        f"the reason {reason!r} fails as incomplete",
        "contract",
        sse(words("Hello"), stop(reason)),
        text="Hello",
        reason=None,
        failure="model_incomplete",
    )


FALSY: tuple[object, ...] = (False, 0, [])

CASES = [
    *(ends(reason, "stop") for reason in ("eos", "stop_sequence", "complete", "completed", " Stop ", "END_TURN")),
    *(
        ends(reason, "length")
        for reason in ("max_output_tokens", "max_completion_tokens", "max_new_tokens", "truncated")
    ),
    *(ends(reason, "content_filter") for reason in ("refusal", "guardrail_intervened", "moderation", "blocked")),
    *(fails(reason) for reason in ("aborted", "cancelled", "timeout", "failed")),
    Case(
        "an unknown reason is a failure, and the text is kept",
        "contract",
        sse(words("Hello"), stop("bored")),
        text="Hello",
        reason=None,
        failure="model_unknown_end",
        oddities=odd("finish_reason"),
    ),
    *(
        Case(
            f"the reason {reason!r} is ignored",
            "contract",
            sse(chunk({"content": "Hel"}, reason), chunk({"content": "lo"}, reason), stop("length")),
            text="Hello",
            reason="length",
        )
        for reason in ("null", "None", "NULL")
    ),
    *(
        Case(
            f"a reason that is {kind} is a failure",
            "contract",
            sse(words("Hello"), stop(reason)),
            text="Hello",
            reason=None,
            failure="model_unknown_end",
            oddities=odd("finish_reason"),
        )
        for kind, reason in (("a number", 5), ("true", True), ("a list", ["stop"]), ("an object", {"reason": "stop"}))
    ),
    *(
        Case(f"the reason {reason!r} is ignored", "contract", sse(words("Hello"), stop(reason)), text="Hello")
        for reason in FALSY
    ),
    Case(
        "length after stop is length",
        "contract",
        sse(chunk({"content": "Hel"}, "stop"), chunk({"content": "lo"}, "length")),
        text="Hello",
        reason="length",
        oddities=odd("late_text"),
    ),
    Case(
        "stop after length is length",
        "contract",
        sse(words("Hello"), stop("length"), stop()),
        text="Hello",
        reason="length",
    ),
    Case(
        "content_filter before length is content_filter",
        "contract",
        sse(words("Hello"), stop("content_filter"), stop("length")),
        text="Hello",
        reason="content_filter",
    ),
    Case(
        "an unknown reason after content_filter is a failure",
        "contract",
        sse(words("Hello"), stop("content_filter"), stop("bored")),
        text="Hello",
        reason=None,
        failure="model_unknown_end",
        oddities=odd("finish_reason"),
    ),
    Case(
        "a failure before stop fails as incomplete",
        "contract",
        sse(words("Hello"), stop("network_error"), stop()),
        text="Hello",
        reason=None,
        failure="model_incomplete",
    ),
    Case(
        "a failure after an unknown reason fails as incomplete",
        "contract",
        sse(words("Hello"), stop("bored"), stop("error")),
        text="Hello",
        reason=None,
        failure="model_incomplete",
        oddities=odd("finish_reason"),
    ),
]
