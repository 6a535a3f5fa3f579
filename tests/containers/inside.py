"""Asks the servers that only the containers' own network reaches."""

import json
from typing import Any

from tests.containers.compose_stack import ComposeStack

FETCH = """
import sys, urllib.error, urllib.request
try:
    answer = urllib.request.urlopen(sys.argv[1], timeout=20)
except urllib.error.HTTPError as refusal:
    answer = refusal
print(answer.status)
print(answer.read().decode())
"""


async def get(stack: ComposeStack, url: str) -> tuple[int, Any]:
    """Request a URL from inside the first API's container. Returns the status and the JSON."""
    api = (await stack.containers("api"))[0]
    status, _, body = (await stack.execute(api, "python", "-c", FETCH, url)).partition("\n")
    return int(status), json.loads(body)


async def readiness(stack: ComposeStack) -> tuple[int, dict[str, Any]]:
    """The status and the checks of the first API's readiness."""
    status, body = await get(stack, "http://127.0.0.1:8000/health/ready")
    return status, dict(body)


async def redis_info(stack: ComposeStack, section: str) -> dict[str, str]:
    """A section of Redis' `INFO`."""
    (redis,) = await stack.containers("redis")
    command = f'REDISCLI_AUTH="$REDIS_PASSWORD" valkey-cli INFO {section}'
    lines = (await stack.execute(redis, "sh", "-c", command)).splitlines()
    pairs = (line.strip().partition(":") for line in lines if ":" in line)
    return {name: value for name, _, value in pairs}
