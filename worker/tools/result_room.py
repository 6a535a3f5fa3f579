"""Bounds the results of all calls of one reply. Pure."""

from collections.abc import Sequence

from chat.tool_calls import ReplyStep

LEFT_OUT = "\n[… {} characters left out: the results of this reply have no more room.]"
LEAST = 200
"""Characters that each result may have, however many there were before it."""


class ResultRoom:
    """The room that the results of a reply have left. `chars`: for all of them, `TOOL_REPLY_CHARS`.

    It is taken before a result is in the log, so that the log, the stored reply and the model have the same.
    """

    def __init__(self, chars: int) -> None:
        self._chars = self._left = chars

    def begin(self, steps: Sequence[ReplyStep]) -> None:
        """Takes the room of the results that the log has."""
        self._left = self._chars - sum(len(call.content or "") for step in steps for call in step.calls)

    def fit(self, content: str) -> str:
        """Returns the text with what the room does not hold left out, and takes its room."""
        room = max(self._left, LEAST)
        if len(content) > room:
            kept = max(room - len(LEFT_OUT.format(len(content))), 0)
            content = content[:kept] + LEFT_OUT.format(len(content) - kept)
        self._left -= len(content)
        return content
