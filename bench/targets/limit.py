"""The model server itself: what no server in between can be better than."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bench.story import take_completion
from bench.targets.base import Place, Target, post_seat


@asynccontextmanager
async def limit(place: Place) -> AsyncIterator[Target]:
    yield Target("limit", {}, take_completion, place.model_port, post_seat(place.model_port, "/v1/chat/completions"))
