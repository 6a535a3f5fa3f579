"""Logs name each turn's events, and contain no user text and no keys."""

import json

from tests.support.client import Client
from tests.support.model_server import ModelServer, break_off, refuse
from tests.support.stack import KEY, SECRET, Stack
from tests.support.waiting import eventually


async def test_logs_name_turns_and_contain_no_user_text_and_no_keys(
    stack: Stack, model: ModelServer, user: Client, session_id: str
) -> None:
    questions = ("a-word-that-nobody-logs", "another-word-nobody-logs", "a-third-word-nobody-logs")
    model.on(questions[1], refuse(400, {"error": {"message": f"cannot answer {questions[1]}"}}))
    model.on(questions[2], break_off("half-a-word-nobody-logs", last=b"data: {broken words-nobody-logs}\n\n"))
    turns = []
    for question in questions:
        turns.append(await user.ask(session_id, question))
        await user.follow(turns[-1])
    await eventually(lambda: all_logged(stack, turns))
    logs = stack.logs()
    assert "nobody-logs" not in logs
    assert KEY not in logs
    assert SECRET not in logs


async def all_logged(stack: Stack, turns: list[str]) -> bool:
    """Returns whether every turn has its log lines. Raises where a line is not JSON."""
    lines = [json.loads(line) for line in stack.logs().splitlines()]
    logged = {(line.get("turn_id"), line["event"]) for line in lines}
    return {(turn, event) for turn in turns for event in ("turn_opened", "turn_begun", "turn_closed")} <= logged
