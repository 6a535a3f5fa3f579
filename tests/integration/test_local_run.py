"""All of Holdfast on one machine: real Valkey, real model, real worker, real API."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from chat import demo
from chat.settings import Settings
from launcher import ports
from tests.support import privacy
from tests.support.one_cpu import keep_on_one_cpu

ROOT = Path(__file__).parents[2]
USER = "user_id=somebody"
QUESTION, LONG_QUESTION = "Say hello to me only.", "Tell me a long story."
LONG_REPLIES = 2
TRIES = 5


@contextlib.contextmanager
def holdfast(folder: Path, **settings: str) -> Iterator[str]:
    """Run a launcher in `folder` inside the `with` block, yield its URL, and stop it with Ctrl-C."""
    known = {name.upper() for name in Settings.model_fields}
    base = {name: value for name, value in os.environ.items() if name.upper() not in known}
    env = base | {"PYTHONPATH": str(ROOT), "PORT": str(ports.free())} | settings
    process = subprocess.Popen(
        [sys.executable, "-m", "launcher"],
        cwd=folder,
        env=env,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    keep_on_one_cpu(process.pid)
    assert process.stdout is not None
    for text in (QUESTION, LONG_QUESTION):
        privacy.note(text)
    seen: list[str] = []
    try:
        for line in process.stdout:
            seen.append(line)
            if line.startswith("Holdfast is ready: "):
                break
        else:
            raise AssertionError("".join(seen))
        yield line.split()[3]
    finally:
        process.send_signal(signal.SIGINT)
        output, _ = process.communicate()
        (folder / f"launcher-{process.pid}.log").write_text("".join([*seen, output]), "utf-8")
    assert process.returncode == 0, output
    assert "Traceback" not in output


def get(address: str) -> Any:
    with urllib.request.urlopen(address) as answer:
        return json.load(answer)


def post(address: str, body: object = None) -> Any:
    data = json.dumps(body).encode() if body else b""
    request = urllib.request.Request(address, data, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)


def follow(address: str) -> Iterator[dict[str, Any]]:
    """The events of one stream."""
    with urllib.request.urlopen(address) as answer:
        for line in answer:
            if line.startswith(b"data: "):
                yield json.loads(line.removeprefix(b"data: "))


def test_history_and_cut_replies_survive_a_restart(tmp_path: Path) -> None:
    """All in two runs, because each starts five programs and reads the model. Ctrl-C cuts replies in the first one."""
    with holdfast(tmp_path, DRAIN_SECONDS="0", OPENAI_MAX_TOKENS="400") as address:
        session, text = the_articles_calls(address)
        sessions, turns = cut_replies(address)
    with holdfast(tmp_path, OPENAI_MAX_TOKENS="16") as address:
        kept = get(f"{address}/chat/history?{USER}&session_id={session}")
        assert [message["content"] for message in kept["messages"]] == [QUESTION, text]
        are_completed(address, sessions, turns)
        assert get(f"{address}/models")["can_kill_worker"]
        end, whole = killed_in_mid_reply(address)
        assert (end["type"], end["attempt"]) == ("end", 2)
        assert whole


def the_articles_calls(address: str) -> tuple[str, str]:
    """Asks a question as the article does. Returns its session and the text of the reply, which may not be long."""
    session = post(f"{address}/chat/start?{USER}", {"max_tokens": 8})["session_id"]
    question = urllib.parse.urlencode({"session_id": session, "message": QUESTION, "role": "assistant"})
    events = list(follow(f"{address}/chat/stream?{USER}&{question}"))
    assert events[0]["type"] == "start"
    assert events[-1]["type"] == "end"
    text = "".join(event["content"] for event in events if event["type"] == "chunk")
    assert text
    models = get(f"{address}/models")
    assert [(model["id"], model["demo"]) for model in models["models"]] == [(demo.NAME, True)]
    assert models["max_file_bytes"] > 0
    return session, text


def cut_replies(address: str) -> tuple[list[str], list[str]]:
    """Returns sessions and their turns, of which the first has begun.

    Several are asked at once, so that some are running when the first has begun: the model decides how long one is.
    """
    sessions = [post(f"{address}/chat/start?{USER}")["session_id"] for _ in range(LONG_REPLIES)]
    bodies = [{"session_id": session, "message": LONG_QUESTION} for session in sessions]
    turns = [post(f"{address}/chat/turns?{USER}", body)["turn_id"] for body in bodies]
    assert any(event["type"] == "chunk" for event in follow(f"{address}/chat/turns/{turns[0]}/events?{USER}"))
    return sessions, turns


def are_completed(address: str, sessions: list[str], turns: list[str]) -> None:
    """Asserts that every turn ends in a second run, at least one of them as a second attempt."""
    ends = [list(follow(f"{address}/chat/turns/{turn}/events?{USER}"))[-1]["type"] for turn in turns]
    assert ends == ["end"] * LONG_REPLIES
    assert 2 in [get(f"{address}/chat/turns/{turn}?{USER}")["attempt"] for turn in turns]
    for session in sessions:
        kept = get(f"{address}/chat/history?{USER}&session_id={session}")["messages"]
        assert [message["role"] for message in kept] == ["user", "assistant"]


def killed_in_mid_reply(address: str) -> tuple[dict[str, Any], str]:
    """The end and the text of a reply whose worker was killed. The worker may be too young for the first replies."""
    for _ in range(TRIES):
        session = post(f"{address}/chat/start?{USER}")["session_id"]
        turn = post(f"{address}/chat/turns?{USER}", {"session_id": session, "message": LONG_QUESTION})["turn_id"]
        killed, text, types = False, "", []
        for event in follow(f"{address}/chat/turns/{turn}/events?{USER}"):
            types.append(event["type"])
            if event["type"] == "chunk":
                text += event["content"]
                killed = killed or kill_worker(address)
        if "resume" in types:
            assert "restart" not in types
            return get(f"{address}/chat/turns/{turn}?{USER}") | event, text
    raise AssertionError("no worker was killed in mid-reply")


def kill_worker(address: str) -> bool:
    request = urllib.request.Request(f"{address}/demo/kill-worker?{USER}", b"")
    with contextlib.suppress(urllib.error.HTTPError), urllib.request.urlopen(request) as answer:
        return bool(json.load(answer)["killed"])
    return False
