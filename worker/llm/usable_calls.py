"""Makes calls of tools in a prompt such that every provider takes them. Pure.

Models invent names, and imported conversations have any names and ids, also none or equal ones.
"""

import re
from collections.abc import Collection, Iterable, Sequence
from typing import Any

from chat.tools.function_names import usable_name
from worker.llm.prompt import PromptMessage

ID = re.compile(r"[!-~]{1,64}")
"""Ids that are kept: some servers read their own again, like `functions.add:0` (Kimi)."""


def usable_calls(messages: list[PromptMessage], offered: Collection[str]) -> list[PromptMessage]:
    """Returns the messages with names of tools that providers accept, and with ids that are there once.

    `offered`: names of the tools of the request, which stay as they are. Results keep their calls: where several calls
    of a message have the same id, their results are in the same order.
    """
    if not any(message.get("tool_calls") for message in messages):
        return messages
    ids = _Ids(call["id"] for message in messages for call in message.get("tool_calls", ()))
    usable = list[PromptMessage]()
    for message in messages:
        if calls := message.get("tool_calls"):
            new = ids.of_calls([call["id"] for call in calls])
            made = [_call(call, id_, offered) for call, id_ in zip(calls, new, strict=True)]
            usable.append({**message, "tool_calls": made})
        elif message["role"] == "tool":
            usable.append({**message, "tool_call_id": ids.of_result(message.get("tool_call_id", ""))})
        else:
            usable.append(message)
    return usable


class _Ids:
    """Replaces ids that cannot be sent, or were sent before."""

    def __init__(self, given: Iterable[str]) -> None:
        self._given, self._sent = set(given), set[str]()
        self._open: list[tuple[str, str]] = []
        self._number = 0

    def of_calls(self, given: Sequence[str]) -> list[str]:
        """Returns the ids of the calls of one message."""
        self._open = [(each, self._usable(each)) for each in given]
        return [new for _, new in self._open]

    def of_result(self, given: str) -> str:
        """Returns the id of the call that a result belongs to."""
        for place, (old, new) in enumerate(self._open):
            if old == given:
                del self._open[place]
                return new
        return given

    def _usable(self, given: str) -> str:
        new = given
        while not ID.fullmatch(new) or new in self._sent or (new != given and new in self._given):
            self._number += 1
            new = f"call{self._number:05}"  # Mistral takes nine letters and digits only
        self._sent.add(new)
        return new


def _call(call: dict[str, Any], id_: str, offered: Collection[str]) -> dict[str, Any]:
    name = call["function"]["name"]
    usable = name if name in offered else usable_name(name)
    return {**call, "id": id_, "function": {**call["function"], "name": usable}}
