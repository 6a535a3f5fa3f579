"""Runs checks: one for each promise, each of which holds, is broken, or is not tested here."""

import asyncio
import inspect
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

from tests.conformance.server import Server
from tests.conformance.verdicts import NotTested, short
from tests.conformance.ways import WAYS

CHECK_SECONDS = 300.0
"""How long one check may take."""

Verdict = Literal["holds", "broken", "not tested here"]
Function = Callable[..., Awaitable[None]]
F = TypeVar("F", bound=Function)

_last: set[Any] = set()


def last(function: F) -> F:
    """Marks a check that looks at everything the run has read, so that it runs after all others."""
    _last.add(function)
    return function


@dataclass(frozen=True)
class Check:
    """The check of one promise, in each way that its function takes."""

    number: str
    function: Function

    @property
    def is_last(self) -> bool:
        return self.function in _last

    async def __call__(self, server: Server) -> None:
        """Raises `Broken` or `NotTested`; whatever else is raised means broken, too."""
        if "way" not in inspect.signature(self.function).parameters:
            await self.function(server)
            return
        for way in WAYS:
            try:
                await self.function(server, way)
            except NotTested:
                raise
            except Exception as error:
                error.add_note(f"by {way.name}")
                raise


@dataclass(frozen=True)
class Outcome:
    """What a check found; `why` says more unless the promise holds."""

    number: str
    verdict: Verdict
    why: str = ""

    def __str__(self) -> str:
        return f"{self.number:<4} {self.verdict}{': ' + self.why if self.why else ''}"


async def judge(number: str, check: Callable[[], Awaitable[None]], seconds: float = CHECK_SECONDS) -> Outcome:
    """What the check finds, within so many seconds."""
    try:
        async with asyncio.timeout(seconds):
            await check()
    except NotTested as reason:
        return Outcome(number, "not tested here", str(reason))
    except Exception as error:  # a server that is broken may break anything
        return Outcome(number, "broken", words_of(error))
    return Outcome(number, "holds")


def words_of(error: Exception) -> str:
    """What went wrong, in one line; of several errors the first."""
    while isinstance(error, ExceptionGroup):
        error = error.exceptions[0]
    kind = "" if isinstance(error, AssertionError) else f"{type(error).__name__}: "
    notes = "; ".join(getattr(error, "__notes__", ()))
    text = f"{kind}{error}{f' ({notes})' if notes else ''}"
    return " ".join(text.split()) if len(text) < 600 else short(text)
