"""P105 to P113: tools of tool servers, which the server runs."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from tests.conformance.control import Reply
from tests.conformance.cursors import BEYOND, left_after, moments
from tests.conformance.led import Led, shown_is_stored
from tests.conformance.refusals import refused
from tests.conformance.server import Ended, Server
from tests.conformance.stopping import LAST_SEQ, is_cancelled
from tests.conformance.stream import Stream
from tests.conformance.verdicts import NotTested, holds, same
from tests.conformance.ways import EVENTS, WAYS

Step = dict[str, Any]


@asynccontextmanager
async def tooled(server: Server) -> AsyncIterator[Led]:
    """A turn of a model that has tools, which was asked and has said nothing yet. Raises `NotTested` without one."""
    if not (model := server.operator.tool_model):
        raise NotTested("it needs a model that calls tools of a tool server")
    user, question = server.user, server.question()
    requests, session_id = server.model.lead(question), await user.start()
    turn_id = await user.ask(session_id, question, model=model)
    async with EVENTS.follow(user, turn_id) as stream:
        await stream.event()
        yield Led(user, session_id, turn_id, question, stream, requests, await requests.next())


async def calls(turn: Led, reply: Reply, *tools: str, text: str = "") -> None:
    """Have the model say a text and call tools, and end its answer. The calls' ids are c0, c1, …"""
    if text:
        await reply.say(text)
    first = len(turn.stream.reader.calls)
    for index, tool in enumerate(tools):
        await reply.call(index, f"c{first + index}", tool)
        await reply.call(index, arguments="{}")
    await reply.finish("tool_calls")


async def says(turn: Led, text: str) -> None:
    """Have the model answer its next request with a text, and read to the end."""
    reply = await turn.requests.next()
    await reply.say(text)
    await reply.finish()
    await turn.stream.to_end()


async def ended(server: Server) -> Ended:
    """A turn that has ended, with a step of two calls and one of one call."""
    tool = server.operator.free_tool
    async with tooled(server) as turn:
        await calls(turn, turn.reply, tool, tool, text="one ")
        await calls(turn, await turn.requests.next(), tool)
        await says(turn, "two")
    return Ended(turn.session_id, turn.turn_id, turn.question, turn.stream)


async def asked(turn: Led) -> dict[str, Any]:
    """Read until the user is asked. Returns the event."""
    await turn.stream.read(lambda: turn.stream.kinds[-1:] == ["approval"])
    return dict(turn.stream.last.data)


def essence(steps: list[Step]) -> list[Any]:
    """What has to be the same of steps to all readers."""
    names = ("id", "name", "server", "arguments", "started", "status", "content")
    return [
        (
            step["content"],
            step.get("thinking", ""),
            [[call.get(name) for name in names] + [call.get("approval", {}).get("state")] for call in step["calls"]],
        )
        for step in steps
    ]


async def steps_are_stored(turn: Led | Ended, server: Server, stream: Stream) -> None:
    """Raise `Broken` unless the stored reply has the text and the steps that a reader has."""
    await shown_is_stored(server.user, turn.session_id, turn.turn_id, stream.reader)
    reply = (await server.user.messages(turn.session_id))[-1]
    same(essence(reply.get("steps", [])), essence(stream.reader.steps), "steps of the reply")


async def p105(server: Server) -> None:
    """A call of a tool server's tool comes as `tool_call` with `server`"""
    stream = (await ended(server)).stream
    order = [(event.kind, event.data["index"]) for event in stream.events if "index" in event.data]
    same([index for kind, index in order if kind == "tool_call"], [0, 1, 2], "index of the calls")
    same([index for kind, index in order if kind == "step"], [0, 1], "index of the steps")
    for index, step in ((0, 0), (1, 0), (2, 1)):
        holds(stream.reader.calls[index].get("server"), f"call {index} has no server")
        ends = order.index(("step", step))
        before, after = order[:ends], order[ends:]
        holds(("tool_arguments", index) not in after, f"arguments of call {index} came after its step")
        holds(("tool_call", index) in before, f"call {index} came after its step")
        own = [kind for kind, each in after if each == index and kind in ("tool_start", "tool_result")]
        same(own, ["tool_start", "tool_result"], f"start and results of call {index}")


async def p106(server: Server) -> None:
    """The text of a reply with steps is that of all requests to the model"""
    turn = await ended(server)
    same(turn.stream.last.data.get("finish_reason"), "stop", "finish_reason of the last event")
    contents = [step["content"] for step in turn.reader.steps]
    same([contents[0], len(contents)], ["one ", 2], "the text of the first step, and how many there are")
    holds(turn.reader.text.endswith("two"), f"the text is {turn.reader.text!r}")
    same([call.get("status") for call in turn.reader.calls], ["ok"] * 3, "status of the calls")
    await steps_are_stored(turn, server, turn.stream)


async def p107(server: Server) -> None:
    """A reader that left after any event of a reply with steps"""
    turn = await ended(server)
    for seen in moments(turn):
        for way in WAYS:
            reader, cursor = left_after(turn, seen), turn.stream.events[seen - 1].id
            async with way.follow(server.user, turn.turn_id, cursor, reader) as stream:
                await stream.to_end()
            found = (reader.text, essence(reader.steps))
            same(found, (turn.reader.text, essence(turn.reader.steps)), f"what is shown after {cursor}")


async def p108(server: Server) -> None:
    """A `snapshot` has all steps so far in `steps`"""
    tool = server.operator.free_tool
    async with tooled(server) as turn:
        await calls(turn, turn.reply, tool, text="one ")
        await turn.stream.read(lambda: turn.stream.kinds[-1:] == ["tool_result"])
        reply = await turn.requests.next()
        cursor = f"{turn.turn_id}:{turn.stream.last.seq + BEYOND}"
        async with EVENTS.follow(turn.user, turn.turn_id, cursor) as stream:
            first = await stream.event()
            found = (first.kind, essence(first.data.get("steps", [])))
            same(found, ("snapshot", essence(turn.stream.reader.steps)), "the first event beyond the last one")
        await reply.say("two")
        await reply.finish()
        await turn.stream.to_end()
    await server.operator.expire(turn.turn_id)
    async with EVENTS.follow(turn.user, turn.turn_id, f"{turn.turn_id}:1") as stream:
        await stream.to_end()
    same([event.seq for event in stream.events], [LAST_SEQ - 1, LAST_SEQ], "the numbers after the log has expired")
    same(essence(stream.reader.steps), essence(turn.stream.reader.steps), "the steps after the log has expired")


async def p109(server: Server) -> None:
    """A worker that dies after a step leads to a `resume`"""
    operator = server.operator
    runs = await operator.tool_runs()
    async with tooled(server) as turn:
        await calls(turn, turn.reply, operator.free_tool, text="one ")
        reply = await turn.requests.next()
        await reply.say("lost")
        await turn.stream.read(lambda: turn.stream.reader.text.endswith("lost"))
        await operator.kill_worker()
        await operator.start_worker()
        await operator.end_lease(turn.turn_id)
        await says(turn, "two")
        kinds = turn.stream.kinds
        holds("restart" not in kinds, f"a restart came: {kinds}")
        same(kinds.count("resume"), 1, "how many resume events came")
        same(kinds[kinds.index("resume") + 1], "snapshot", "the event after the resume")
        same([kinds.count("tool_start"), await operator.tool_runs() - runs], [1, 1], "how often the tool was called")
        holds("lost" not in turn.stream.reader.text, f"the text is {turn.stream.reader.text!r}")
        await steps_are_stored(turn, server, turn.stream)


async def p110(server: Server) -> None:
    """A call about which the user is asked waits for an answer"""
    operator = server.operator
    runs = await operator.tool_runs()
    async with tooled(server) as turn:
        await calls(turn, turn.reply, operator.asked_tool)
        event = await asked(turn)
        same((event["kind"], event["state"], "until" in event), ("call", "asked", True), "what is asked")
        look = await turn.user.look(turn.turn_id)
        waiting = [(each["id"], each["index"], each["arguments"]) for each in look["approvals"]]
        same((look["state"], waiting), ("running", [(event["id"], 0, "{}")]), "the turn while it waits")
        same(await operator.tool_runs(), runs, "how often the tool has run before the answer")
        await answers(turn, event["id"], "allow")
        await says(turn, "two")
        own = [each.data.get("state", each.kind) for each in turn.stream.events if each.data.get("index") == 0]
        same(own[-4:], ["asked", "allowed", "tool_start", "tool_result"], "the events of the call")
        same((await turn.user.look(turn.turn_id))["approvals"], [], "what is asked after the end")
        await steps_are_stored(turn, server, turn.stream)


async def answers(turn: Led, approval_id: str, decision: str, **more: Any) -> None:
    """Answer a question. Raise `Broken` unless that is accepted."""
    path = f"/chat/turns/{turn.turn_id}/approvals"
    answer = await turn.user.request("POST", path, json={"id": approval_id, "decision": decision, **more})
    same(answer.status_code, 200, "status of the answer to an approval")


async def p111(server: Server) -> None:
    """A call that the user denies is not made"""
    runs = await server.operator.tool_runs()
    async with tooled(server) as turn:
        await calls(turn, turn.reply, server.operator.asked_tool)
        event = await asked(turn)
        await answers(turn, event["id"], "deny", note="Not today.")
        await says(turn, "two")
        (call,) = turn.stream.reader.calls
        same((call.get("status"), call["started"]), ("denied", False), "status of the call, and whether it was made")
        note = next(each.data.get("note") for each in turn.stream.events if each.data.get("state") == "denied")
        same(note, "Not today.", "note of the answer")
        same(await server.operator.tool_runs(), runs, "how often the tool has run")
        await steps_are_stored(turn, server, turn.stream)


async def p112(server: Server) -> None:
    """Only the first answer counts"""
    async with tooled(server) as turn:
        await calls(turn, turn.reply, server.operator.asked_tool)
        event = await asked(turn)
        path, given = f"/chat/turns/{turn.turn_id}/approvals", {"id": event["id"], "decision": "allow"}
        other_user = await server.visitors.another()
        refused(await other_user.request("POST", path, json=given), 404, "unknown_turn")
        unknown = await turn.user.request("POST", path, json={**given, "id": "99"})
        refused(unknown, 404, "unknown_approval")
        changed = await turn.user.request("POST", path, json={**given, "revision": event["revision"] + "x"})
        refused(changed, 409, "approval_changed")
        await answers(turn, event["id"], "allow", revision=event["revision"])
        await answers(turn, event["id"], "allow")
        other = await turn.user.request("POST", path, json={**given, "decision": "deny"})
        refused(other, 409, "approval_answered")
        await says(turn, "two")
        same(turn.stream.kinds.count("tool_result"), 1, "how many results came")


async def p113(server: Server) -> None:
    """A turn that waits for an answer is stopped at once"""
    async with tooled(server) as turn:
        await calls(turn, turn.reply, server.operator.asked_tool, text="one ")
        await asked(turn)
        same(await turn.user.stop(turn.turn_id), "cancelled", "state in the answer")
        await turn.stream.to_end()
        is_cancelled(turn.stream)
        holds("status" not in turn.stream.reader.calls[0], f"the call has a result: {turn.stream.reader.calls}")
        await steps_are_stored(turn, server, turn.stream)
