"""Logs tell what happened to which turn, and nothing of what was said."""

import json

from tests.support.client import Client
from tests.support.model_server import ModelServer, break_off, refuse
from tests.support.stack import KEY, SECRET, Stack
from tests.support.waiting import eventually


async def test_logs_are_structured_and_carry_the_turn_but_no_words_and_no_keys(
    stack: Stack, model: ModelServer, user: Client, session_id: str
) -> None:
    asked = ("a-word-that-nobody-logs", "another-word-nobody-logs", "a-third-word-nobody-logs")
    model.on(asked[1], refuse(400, {"error": {"message": f"cannot answer {asked[1]}"}}))
    model.on(asked[2], break_off("half-a-word-nobody-logs", last=b"data: {broken words-nobody-logs}\n\n"))
    turns = []
    for question in asked:
        turns.append(await user.ask(session_id, question))
        await user.follow(turns[-1])
    await eventually(lambda: all_logged(stack, turns))
    told = stack.logs()
    assert "nobody-logs" not in told
    assert KEY not in told
    assert SECRET not in told


async def all_logged(stack: Stack, turns: list[str]) -> bool:
    """Whether every turn has its lines, each of which is JSON."""
    lines = [json.loads(line) for line in stack.logs().splitlines()]
    logged = {(line.get("turn_id"), line["event"]) for line in lines}
    return {(turn, event) for turn in turns for event in ("turn_opened", "turn_begun", "turn_closed")} <= logged
