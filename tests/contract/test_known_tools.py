"""Users see the tool servers and tools that workers have found."""

from chat import keys
from chat.known_tools import KnownServer, KnownTool, KnownTools
from tests.support.client import Client
from tests.support.stack import Stack

SEARCH = KnownTool(name="search", title="Search", description="Searches.", approval="always", is_read_only=True)
DOCS = KnownServer(name="docs", title="Documentation", is_up=True, checked_at=1000.5, tools=[SEARCH])
AWAY = KnownServer(name="away", title="Away", is_up=False, checked_at=1001.5)


async def test_tools_are_listed_as_a_worker_found_them(stack: Stack, user: Client) -> None:
    known = KnownTools(stack.store)
    await known.write([DOCS, AWAY])
    listed = (await user.http.get("/chat/tools")).json()
    assert listed == {"servers": [AWAY.model_dump(), DOCS.model_dump()]}
    assert 0 < await stack.store.ttl(keys.TOOLS) <= 3600
    await known.write([AWAY])
    assert [each["name"] for each in (await user.http.get("/chat/tools")).json()["servers"]] == ["away"]
    await known.write([])
    assert (await user.http.get("/chat/tools")).json() == {"servers": []}


async def test_what_another_release_wrote_is_left_out(stack: Stack, user: Client) -> None:
    await KnownTools(stack.store).write([DOCS])
    await stack.store.execute_command("HSET", keys.TOOLS, "odd", '{"name":"odd"}', "broken", "{")
    assert [each["name"] for each in (await user.http.get("/chat/tools")).json()["servers"]] == ["docs"]
    await KnownTools(stack.store).write([])


async def test_long_lists_of_tools_are_cut(stack: Stack) -> None:
    tool = SEARCH.model_copy(update={"description": "x" * 10_000})
    known = KnownTools(stack.store)
    await known.write([DOCS.model_copy(update={"tools": [tool] * 1000})])
    (server,) = await known.read()
    assert len(server.tools) == 500
    assert len(server.tools[0].description) == 500
    await known.write([])
