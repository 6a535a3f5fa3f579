"""Slots of a limit that counts over all processes, such as a user's active turns or open streams."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from chat.store import Script, ScriptCall, fields_of

RESERVE = Script("reserve")
KEEP = Script("keep")


@dataclass(frozen=True)
class Slots:
    """The slots of one limit, stored at `key`. A slot expires after `keep_ms` milliseconds unless it is renewed."""

    key: str
    limit: int
    keep_ms: int

    def reserve_call(self, holder: str, limit: int = 0) -> ScriptCall[dict[str, float]]:
        """Returns the call that takes a slot for `holder`; with `limit`, up to that one instead.

        Result: {} where the holder has its slot; otherwise the holders of all slots, with their slots' ages in seconds.
        """
        return ScriptCall(RESERVE, [self.key], (holder, limit or self.limit, self.keep_ms), _holders)

    def keep_call(self, holders: Collection[str]) -> ScriptCall[None]:
        """Returns the call that renews the slots of `holders`."""
        return ScriptCall(KEEP, [self.key], (self.keep_ms, *holders), _nothing)


def _holders(answer: Sequence[str]) -> dict[str, float]:
    return {holder: int(age_ms) / 1000 for holder, age_ms in fields_of(answer).items()}


def _nothing(_: None) -> None:
    """Reads the answer of a script that returns nothing."""
