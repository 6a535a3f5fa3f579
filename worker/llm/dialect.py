"""How a model wants to be asked: servers refuse parameters that others require. All of it is pure."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Self

RENAMED = {"max_tokens": "max_completion_tokens"}
LEFT_OUT = ("temperature", "stream_options")
NOT_A_MATTER_OF_WORDS = ("context_length", "context length", "maximum context", "context_window")
"""What a refusal says whose parameter is known, but whose value does not fit the conversation."""

UNKNOWN = ("unsupported", "not supported", "unrecognized", "unknown", "extra_forbidden", "not permitted", "deprecated")
"""What a refusal says of a parameter that it names and does not know, whatever else it says."""


@dataclass
class Dialect:
    """What one model is known to refuse. `renamed` and `left_out` are names of parameters as we have them."""

    renamed: set[str] = field(default_factory=set)
    left_out: set[str] = field(default_factory=set)

    def copy(self) -> Self:
        return type(self)(set(self.renamed), set(self.left_out))

    def keep(self, proved: "Dialect") -> None:
        """Take over what a request proved that was accepted."""
        self.renamed |= proved.renamed
        self.left_out |= proved.left_out

    def put(self, request: dict[str, Any]) -> dict[str, Any]:
        """The request in the words that the model takes."""
        return {
            RENAMED[name] if name in self.renamed else name: value
            for name, value in request.items()
            if name not in self.left_out
        }

    def learn(self, refusal: object, said: Sequence[str]) -> bool:
        """Whether a refused request (status 400 or 422) is to be put differently, which is then noted.

        `refusal` is the body of the answer. What it names as its parameter counts first. Its words count only where no
        text of the conversation, `said`, has them too: servers quote what they refuse. One that is about the length of
        the conversation teaches nothing, unless it says of a parameter it names that it does not know it.
        """
        names = (*_parameters(refusal), *_mentioned(refusal, said))
        if _is_of_length(refusal, said):
            names = tuple(_parameters(refusal)) if any(sign in _words(refusal) for sign in UNKNOWN) else ()
        for name in names:
            if name in LEFT_OUT and name not in self.left_out:
                self.left_out.add(name)
                return True
            if name in (*RENAMED, *RENAMED.values()) and not self.renamed:
                self.renamed.add("max_tokens")
                return True
        return False


def _parameters(refusal: object) -> Iterator[str]:
    """OpenAI's `param`; the place in the request that FastAPI (vLLM, Mistral) gives as `loc`."""
    if not isinstance(refusal, dict):
        return
    error = refusal.get("error")
    for place in (refusal, error if isinstance(error, dict) else {}):
        if isinstance(place.get("param"), str):
            yield place["param"]
        detail = place.get("detail")
        for each in detail if isinstance(detail, list) else ():
            loc = each.get("loc") if isinstance(each, dict) else None
            yield from (part for part in (loc if isinstance(loc, list) else ()) if isinstance(part, str))


def _mentioned(refusal: object, said: Sequence[str]) -> Iterator[str]:
    """The parameters in its words, for servers that name none; the new name first, since it explains the old one."""
    words = _words(refusal)
    for name in (*RENAMED.values(), *LEFT_OUT):
        if name in words and not any(name in text.lower() for text in said):
            yield name


def _is_of_length(refusal: object, said: Sequence[str]) -> bool:
    words = _words(refusal)
    signs = (sign for sign in NOT_A_MATTER_OF_WORDS if sign in words)
    return any(not any(sign in text.lower() for text in said) for sign in signs)


def _words(refusal: object) -> str:
    return json.dumps(refusal, default=str).lower()
