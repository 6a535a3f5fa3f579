"""Which tools a turn has: those of its persona and, of these, those of the servers that its client names."""

from pathlib import Path

import pytest
from redis.asyncio import Redis

from chat.client_requests import ClientMessage, ClientRequest
from chat.files.files import Files
from chat.files.objects import Objects
from chat.messages import Message
from chat.telemetry.traces import Traces
from chat.turn_record import Turn
from tests.support.raw_tool_server import raw_server
from tests.support.tool_servers import Tools, settings_of
from worker.jobs.attached_files import AttachedFiles
from worker.jobs.result_images import ResultImages
from worker.jobs.tool_replies import ToolReplies
from worker.tools.toolbox import Toolbox

SERVERS = '[servers.one]\nurl = "{url}"\n[servers.two]\nurl = "{url}"'


@pytest.mark.parametrize(
    ("patterns", "named", "offered"),
    [
        (None, ["one"], ["one/t"]),
        (["two/*"], ["one", "two"], ["two/t"]),
        ([], ["one"], []),
        (None, ["*"], []),
        (None, [], []),
    ],
)
async def test_a_client_gets_no_tools_beyond_its_personas(
    store: Redis, tmp_path: Path, patterns: list[str] | None, named: list[str], offered: list[str]
) -> None:
    async with raw_server() as server:
        settings = settings_of(tmp_path, SERVERS.format(url=server.url), openai_can="tools")
        files = Files(store, settings, Objects(""))
        async with Toolbox(settings, Traces()) as toolbox:
            await Tools(toolbox).ready("one", "two")
            images, attached = ResultImages(files, settings), AttachedFiles(files, settings)
            replies = ToolReplies(toolbox, images, attached, settings)
            request = ClientRequest(messages=[ClientMessage(role="user", content="q")], servers=named or None)
            question = Message(role="user", content="q", request=request)
            found = await replies.offered(turn_of(settings.catalog.default_id), question, patterns)
    assert [f"{tool.server}/{tool.name}" for tool in found.tools] == offered


def turn_of(model: str) -> Turn:
    return Turn(turn_id="t", state="running", attempt=1, seq=1, persona="p", model=model, question="q", created_at=0)
