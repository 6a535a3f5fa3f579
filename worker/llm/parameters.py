"""Learns which request parameters a model accepts, and adapts requests: servers refuse what others require. Pure."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Self

RENAMED = {"max_tokens": "max_completion_tokens"}
LEFT_OUT = ("temperature", "stream_options", "reasoning.summary")
"""Names of fields, or paths of fields in others. OpenAI makes summaries for verified organizations only."""

LENGTH_SIGNS = ("context_length", "context length", "maximum context", "context_window")
"""Words of a refusal about length: the server knows the parameter, but its value does not fit the conversation."""

UNKNOWN_SIGNS = (
    "unsupported",
    "not supported",
    "unrecognized",
    "unknown",
    "extra_forbidden",
    "not permitted",
    "deprecated",
)
"""Words of a refusal whose server does not know the parameter that it names. They outweigh `LENGTH_SIGNS`."""


@dataclass
class Parameters:
    """The parameters that a model accepts, by our names. `renamed`: under another name. `left_out`: not at all."""

    renamed: set[str] = field(default_factory=set)
    left_out: set[str] = field(default_factory=set)

    def copy(self) -> Self:
        return type(self)(set(self.renamed), set(self.left_out))

    def adopt(self, proved: "Parameters") -> None:
        """Adds what an accepted request has proved."""
        self.renamed |= proved.renamed
        self.left_out |= proved.left_out

    def put(self, request: dict[str, Any]) -> dict[str, Any]:
        """Returns the request with the parameters that the model accepts."""
        return {
            RENAMED[name] if name in self.renamed else name: self._without_parts(name, value)
            for name, value in request.items()
            if name not in self.left_out
        }

    def _without_parts(self, name: str, value: Any) -> Any:
        """Returns the value of a field without those of its own fields that are left out."""
        parts = {path.removeprefix(f"{name}.") for path in self.left_out if path.startswith(f"{name}.")}
        return (
            {part: each for part, each in value.items() if part not in parts}
            if parts and isinstance(value, dict)
            else value
        )

    def learn(self, refusal: object, conversation: Sequence[str]) -> bool:
        """Learns from a refused request (status 400 or 422). Returns whether to repeat it with what was learned.

        `refusal`: the body of the answer. The parameter that it names counts first. Its words count only if no text of
        `conversation` contains them, because servers quote what they refuse. A refusal about the length of the
        conversation teaches nothing, unless it states that a parameter it names is unknown.
        """
        names = (*_named(refusal), *_mentioned(refusal, conversation))
        if _is_about_length(refusal, conversation):
            names = tuple(_named(refusal)) if any(sign in _lower_text(refusal) for sign in UNKNOWN_SIGNS) else ()
        for name in names:
            if name in LEFT_OUT and name not in self.left_out:
                self.left_out.add(name)
                return True
            if name in (*RENAMED, *RENAMED.values()) and not self.renamed:
                self.renamed.add("max_tokens")
                return True
        return False


def _named(refusal: object) -> Iterator[str]:
    """Yields the names in OpenAI's `param` and in FastAPI's `loc`, a path in the request (vLLM, Mistral)."""
    if not isinstance(refusal, dict):
        return
    error = refusal.get("error")
    for holder in (refusal, error if isinstance(error, dict) else {}):
        if isinstance(holder.get("param"), str):
            yield holder["param"]
        detail = holder.get("detail")
        for each in detail if isinstance(detail, list) else ():
            loc = each.get("loc") if isinstance(each, dict) else None
            yield from (part for part in (loc if isinstance(loc, list) else ()) if isinstance(part, str))


def _mentioned(refusal: object, conversation: Sequence[str]) -> Iterator[str]:
    """Yields the parameters in the text of a refusal, the new name first, because its message explains the old one.

    Some servers name the parameter only there.
    """
    words = _lower_text(refusal)
    for name in (*RENAMED.values(), *LEFT_OUT):
        if name in words and not any(name in text.lower() for text in conversation):
            yield name


def _is_about_length(refusal: object, conversation: Sequence[str]) -> bool:
    words = _lower_text(refusal)
    signs = (sign for sign in LENGTH_SIGNS if sign in words)
    return any(not any(sign in text.lower() for text in conversation) for sign in signs)


def _lower_text(refusal: object) -> str:
    return json.dumps(refusal, default=str).lower()
