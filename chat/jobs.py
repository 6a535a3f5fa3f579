"""Encodes jobs for the queue as JSON, because reading a pickle can run code."""

import json
from typing import Any

RUN_TURN = "run_turn"
MAKE_TITLE = "make_title"
STOP_RESPONSE = "stop_response"


def call(function: str, argument: str, now: float) -> dict[str, Any]:
    """Returns the job that calls a function, in the form that arq 0.28 reads (`arq.jobs.serialize_job`)."""
    return {"t": None, "f": function, "a": [argument], "k": {}, "et": int(now * 1000)}


def encode(job: dict[str, Any]) -> bytes:
    return json.dumps(job, default=repr).encode()


def decode(raw: bytes) -> dict[str, Any]:
    """Parses a job. Raises `ValueError` for anything but a JSON object."""
    job = json.loads(raw)
    if not isinstance(job, dict):
        raise ValueError("a job is a JSON object")
    return job
