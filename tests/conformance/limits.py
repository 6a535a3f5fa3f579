"""P56 to P58: limits."""

from tests.conformance.led import at_stream_limit
from tests.conformance.reader import Reader
from tests.conformance.refusals import refused
from tests.conformance.requests import nothing_asked
from tests.conformance.server import Server
from tests.conformance.verdicts import same
from tests.conformance.ways import EVENTS, NOT_ASKED, WAYS

LONGEST_IN_QUERY = 30_000
"""Characters that the request's head has room for (section 3.8)."""


async def p56(server: Server) -> None:
    """One stream more than `MAX_STREAMS_PER_USER` is 429"""
    operator, user = server.operator, await server.visitors.another()
    session_id = await user.start()
    async with at_stream_limit(server, operator, user) as turn:
        async with EVENTS.follow(user, turn.turn_id) as stream:
            refused(stream.answer, 429, "too_many_streams")
        async with user.open("/chat/stream", query={"session_id": session_id, "message": NOT_ASKED}) as stream:
            refused(stream.answer, 429, "too_many_streams")
    await nothing_asked(user, session_id)


async def p57(server: Server) -> None:
    """With as many streams of the turn open as there may be"""
    operator, user = server.operator, await server.visitors.another()
    async with at_stream_limit(server, operator, user) as turn:
        start = turn.stream.events[0]
        for way in WAYS:
            async with way.follow(user, turn.turn_id, start.id, Reader(cursor=start.seq)) as stream:
                same(stream.status, 200, f"status of {way.name} with a cursor above 0")


async def p58(server: Server) -> None:
    """A message of one character more than `max_message_chars`"""
    user, session_id = server.user, await server.user.start()
    most = (await user.json("GET", "/models"))["max_message_chars"]
    refused(await user.post(session_id, "x" * (most + 1)), 422, "message_too_long")
    if most < LONGEST_IN_QUERY:
        query = {"session_id": session_id, "message": "x" * (most + 1)}
        refused(await user.request("GET", "/chat/stream", params=query), 422, "message_too_long")
    await nothing_asked(user, session_id)
