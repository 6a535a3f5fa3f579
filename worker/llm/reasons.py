"""Maps the finish reasons of servers to verdicts.

OpenAI: stop, length, content_filter, tool_calls, function_call. The others are from the interfaces of Anthropic,
Google, Zhipu, DeepSeek, Mistral and MiniMax, from vLLM, SGLang, TGI and Cohere, and from gateways that pass them on.
"""

from typing import Any, Literal

Verdict = Literal["stop", "tool_call", "length", "content_filter", "unknown", "failure"]

SEVERITY: tuple[Verdict, ...] = ("stop", "tool_call", "length", "content_filter", "unknown", "failure")
"""In ascending order: of several reasons for one reply the last in this order counts."""

NO_REASON = frozenset(("", "null", "none", "unspecified", "in_progress", "queued", "not_finished"))

_WORDS: dict[Verdict, str] = {
    "stop": """
        stop stopped stop_sequence stop_token stop_word stop_words stop_string stop_criteria_met stopstringfound
        eosfound eos word endoftext eos_token eos_found end end_turn end_of_turn end_of_sequence end_of_text
        complete completed completion finish finished done success normal""",
    "tool_call": "tool_calls toolcalls tool_call tool_use function_call function_calls",
    "length": """
        length limit length_limit max_length model_length token_limit token_limit_reached truncated cutoff
        max_token max_tokens max_new_tokens max_output_tokens max_completion_tokens
        context_length contextlengthreached context_length_exceeded model_context_window_exceeded""",
    "content_filter": """
        content_filter content_filtered contentfilter content_policy content_policy_violation
        policy_violation sensitive safety image_safety recitation blocklist blocked
        prohibited_content spii refusal refused moderation risk error_toxic
        guardrail guardrails guardrail_intervened guardrails_triggered""",
    "failure": """
        error errored internal_error server_error unknown_error network_error error_limit fail failed failure
        abort aborted cancel cancelled canceled user_cancel interrupted disconnect disconnected
        timeout timed_out time_limit overloaded engine_overloaded insufficient_system_resource repetition
        malformed_function_call unexpected_tool_call too_many_tool_calls language other userstopped modelunloaded""",
}
STOP_TOKENS = frozenset(("</s>", "<eos>", "<end_of_turn>", "<end_of_text>", "<eot>"))
VERDICTS: dict[str, Verdict] = {word: verdict for verdict, words in _WORDS.items() for word in words.split()}


def verdict_of(reason: Any) -> Verdict | None:
    """Returns the verdict of a finish reason; None if it is not a reason yet.

    Ignores case, surrounding space and the name of an enumeration before the reason. A value that no server is known to
    send is "unknown", whatever its type, and never counts as a good end.
    """
    if isinstance(reason, dict):  # SGLang: {"type": "length", "length": 50}
        reason = reason.get("type", reason)
    if not reason:
        return None
    if not isinstance(reason, str):
        return "unknown"
    word = reason.strip().casefold()
    if word in STOP_TOKENS or (word.startswith("<|") and word.endswith("|>")):
        return "stop"
    word = word.rpartition(".")[2].replace("-", "_").replace(" ", "_").removeprefix("finish_reason_")
    return None if word in NO_REASON else VERDICTS.get(word) or _guess(word)


def _guess(word: str) -> Verdict:
    """Returns the verdict of a word that is not in the table, never a good end."""
    if "filter" in word or "safety" in word:  # content_filter:_recitation
        return "content_filter"
    return "length" if "token" in word and ("max" in word or "limit" in word) else "unknown"


def more_severe(one: Verdict | None, other: Verdict) -> Verdict:
    """Returns the verdict that counts of the two."""
    return other if one is None or SEVERITY.index(other) > SEVERITY.index(one) else one
