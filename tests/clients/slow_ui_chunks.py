"""The package `ai` accepts every chunk of random replies, and builds the same messages as the tests' model."""

import json
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings

from api.protocols.ai_sdk.translation import UiMessageTranslation
from chat.event_log import Entry
from tests.clients.conftest import node
from tests.support.event_logs import TURN, fed, logs
from tests.support.tool_logs import tool_logs
from tests.support.ui_messages import UiMessage, chunks_of

EXAMPLES = 200


def samples() -> list[bytes]:
    """Returns streams of random replies."""
    found = list[bytes]()

    @settings(max_examples=EXAMPLES, database=None, suppress_health_check=list(HealthCheck))
    @given(logs() | tool_logs().map(lambda made: made.entries))
    def collect(log: list[Entry]) -> None:
        translation = UiMessageTranslation(TURN)
        found.append(translation.begin() + b"".join(translation.frame(*each) for each in fed(log)))

    collect()
    return found


def expected(data: bytes) -> dict[str, Any]:
    message = UiMessage()
    message.apply(chunks_of(data))
    texts = {kind: "".join(p["text"] for p in message.parts if p["type"] == kind) for kind in ("text", "reasoning")}
    tools = [
        [part["id"], part.get("state", "input-streaming"), part.get("approval", {}).get("approved")]
        for part in message.parts
        if part["type"] == "tool"
    ]
    return {"id": message.id, **texts, "tools": tools, "error": message.error}


async def test_the_package_reads_every_stream(tmp_path: Path) -> None:
    streams, file = samples(), tmp_path / "streams"
    file.write_text("\n".join(json.dumps(each.decode()) for each in streams), "utf-8")
    written = await node("ui_chunks.mjs", str(file))
    read = [json.loads(line) for line in written.split("\n") if line]  # texts may have other ends of lines
    assert len(read) > EXAMPLES / 2
    assert read == [expected(each) for each in streams]
