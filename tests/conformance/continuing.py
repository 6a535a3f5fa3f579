"""P97 to P99: replies that stopped early, and are continued."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from tests.conformance.led import Led, going_on, shown_is_stored
from tests.conformance.order import worker_dies
from tests.conformance.refusals import refused
from tests.conformance.server import Server
from tests.conformance.stream import Stream
from tests.conformance.verdicts import holds, same
from tests.conformance.versions import has_versions
from tests.conformance.ways import EVENTS


@asynccontextmanager
async def stopped(server: Server) -> AsyncIterator[tuple[Led, str]]:
    """A turn that was stopped after "one ", and the id of its reply."""
    async with going_on(server) as turn:
        await turn.user.stop(turn.turn_id)
        await turn.stream.to_end()
        yield turn, str(turn.stream.last.data["message_id"])


async def ends_well(turn: Led, turn_id: str, stream: Stream) -> None:
    """Raise `Broken` unless a reader of the continuation ends with the whole text, as it is stored."""
    await stream.to_end()
    same(stream.reader.text, "one two", "the text")
    await shown_is_stored(turn.user, turn.session_id, turn_id, stream.reader)


async def p97(server: Server) -> None:
    """`continue_from` makes another version of a reply that stopped early"""
    async with stopped(server) as (turn, base):
        turn_id = await turn.user.ask(turn.session_id, continue_from=base, key="once")
        async with EVENTS.follow(turn.user, turn_id) as stream:
            reply = await turn.requests.next()
            await stream.shows("one ")
            same(stream.kinds, ["start", "snapshot"], "the first events")
            same(await turn.user.ask(turn.session_id, continue_from=base, key="once"), turn_id, "the turn of the key")
            await reply.say("two")
            await reply.finish()
            await ends_well(turn, turn_id, stream)
        question, whole = await turn.user.messages(turn.session_id)
        has_versions(whole, [base, whole["id"]], "the reply that was continued")
        kept = await turn.user.messages(turn.session_id, branch=base)
        same(
            [(each["id"], each["content"]) for each in kept],
            [(question["id"], turn.question), (base, "one ")],
            "what is kept",
        )


async def p98(server: Server) -> None:
    """A complete reply is 409 `reply_complete` as `continue_from`"""
    ended = await server.new_ended(EVENTS)
    user, session_id = server.user, ended.session_id
    before = await user.messages(session_id)
    question, reply = (message["id"] for message in before)
    for message_id, status, code in (
        (reply, 409, "reply_complete"),
        (question, 409, "not_a_reply"),
        ("unknown", 404, "unknown_message"),
    ):
        refused(await user.post(session_id, continue_from=message_id), status, code)
    for others in ({"replace_from": reply}, {"parent_id": question}, {"message": server.question()}):
        refused(await user.post(session_id, continue_from=reply, **others), 422, "invalid_request")
    same(await user.messages(session_id), before, "the history after the refusals")


async def p99(server: Server) -> None:
    """A worker that dies while a reply is continued"""
    async with stopped(server) as (turn, base):
        turn_id = await turn.user.ask(turn.session_id, continue_from=base)
        async with EVENTS.follow(turn.user, turn_id) as stream:
            first = await turn.requests.next()
            await first.say("t")
            await stream.shows("one t")
            await worker_dies(server.operator, turn, turn_id, "wo")
            await ends_well(turn, turn_id, stream)
        holds({"resume", "restart"} & {*stream.kinds}, "there is neither a resume nor a restart")
        (reply,) = (await turn.user.messages(turn.session_id))[1:]
        same(reply.get("lost_workers"), 1, "lost_workers of the reply")
