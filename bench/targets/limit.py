"""The model server itself: the limit that no server in between can exceed."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bench.targets.base import Target, TargetConfig, post_reader
from bench.transcript import take_completion


@asynccontextmanager
async def limit(config: TargetConfig) -> AsyncIterator[Target]:
    port = config.model_port
    yield Target("limit", {}, take_completion, port, post_reader(port, "/v1/chat/completions"))
