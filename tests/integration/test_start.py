"""A process that cannot work prints the reason as a sentence and exits."""

import asyncio
import os
import re
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from chat import keys
from launcher import ports, valkey
from tests.support.databases import client_of
from tests.support.forks import WARNINGS
from tests.support.processes import start
from tests.support.stack import KEPT, SECRET, environment
from tests.support.waiting import PATIENCE, eventually, until

PROVIDERS = """\
[[providers]]
name = "A"
base_url = "http://127.0.0.1:9/v1"
key_env = "A_KEY"
models = [{ id = "m" }]
"""


@pytest.fixture
def taken() -> Iterator[int]:
    """A port that is in use."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield int(server.getsockname()[1])


async def started(folder: Path, module: str, **settings: str) -> tuple[int, str]:
    """Run `python -m <module>`. Returns its exit code and its output."""
    kept = {name: os.environ[name] for name in KEPT if name in os.environ}
    log = folder / "start.log"
    log.unlink(missing_ok=True)
    process = await start(module, {**kept, **WARNINGS, **settings}, log)
    return await asyncio.wait_for(process.wait(), PATIENCE), log.read_text("utf-8")


@pytest.mark.parametrize("module", ["api", "worker"])
async def test_impossible_settings_are_named(tmp_path: Path, module: str) -> None:
    code, output = await started(tmp_path, module, SECRET_KEY="short", LEASE_SECONDS="0")
    assert code == 2
    assert "LEASE_SECONDS: " in output
    assert "Traceback" not in output


@pytest.mark.parametrize("module", ["api", "worker"])
async def test_a_mistake_in_the_providers_file_is_named_with_its_line(tmp_path: Path, module: str) -> None:
    (tmp_path / "providers.toml").write_text(PROVIDERS.replace("key_env", "api_key"), "utf-8")
    code, output = await started(tmp_path, module, SECRET_KEY=SECRET, PROVIDERS_FILE="providers.toml")
    assert code == 2
    assert output.splitlines() == [
        "These settings are invalid (environment or .env):",
        "  PROVIDERS_FILE: providers.toml cannot be used:",
        "    line 4: api_key is not a place for a key: set an environment variable to the key, and key_env to the "
        "variable's name",
    ]


async def test_a_provider_without_its_key_stops_a_worker_but_no_api(tmp_path: Path, redis_url: str, taken: int) -> None:
    (tmp_path / "providers.toml").write_text(PROVIDERS, "utf-8")
    settings = {"SECRET_KEY": SECRET, "PROVIDERS_FILE": "providers.toml", "REDIS_URL": redis_url}
    code, output = await started(tmp_path, "worker", **settings)
    assert code == 2
    assert output.splitlines()[-1] == "    line 4: key_env: the environment variable A_KEY is not set"
    code, output = await started(tmp_path, "api", **settings, PORT=str(taken))
    assert str(taken) in output
    assert "A_KEY" not in output


@pytest.mark.parametrize("module", ["api", "worker"])
async def test_a_dotenv_in_utf16_is_named(tmp_path: Path, module: str) -> None:
    (tmp_path / ".env").write_bytes("PORT=8000".encode("utf-16"))
    code, output = await started(tmp_path, module)
    assert code
    assert output == ".env cannot be read (it is UTF-16 or not text): it must be a UTF-8 text file that you may read.\n"


async def test_a_worker_for_a_model_without_a_server_does_not_start(tmp_path: Path) -> None:
    code, output = await started(tmp_path, "worker", OPENAI_MODEL="llama3.2")
    assert code == 2
    assert output.startswith("OPENAI_MODEL or MODELS names a model, but nothing names the server that has it.")


@pytest.mark.parametrize("module", ["api", "worker"])
async def test_a_misspelled_setting_is_in_the_log(tmp_path: Path, taken: int, module: str) -> None:
    (tmp_path / ".env").write_text("OPENAI_APIKEY=s3cr\n", "utf-8")
    settings = {"SECRET_KEY": SECRET, "PORT": str(taken), "METRICS_PORT": str(taken), "REDIS_URI": "s3cr"}
    code, output = await started(tmp_path, module, **settings)
    assert code
    assert re.search(r"setting_unknown +\[\S+\] nearest=OPENAI_API_KEY .*setting=OPENAI_APIKEY", output)
    assert re.search(r"setting_unknown +\[\S+\] nearest=REDIS_URL .*setting=REDIS_URI", output)
    assert "s3cr" not in output


async def test_the_command_for_a_missing_secret_works_as_printed(tmp_path: Path, redis_url: str, taken: int) -> None:
    code, output = await started(tmp_path, "api")
    assert code == 2
    assert output.startswith("SECRET_KEY is missing")
    command = output.splitlines()[-1].partition(":  ")[2]
    for _ in range(2):  # a second key replaces the first, so that a repetition does no harm but to cookies
        assert await (await asyncio.create_subprocess_shell(command, cwd=tmp_path)).wait() == 0
    assert (tmp_path / ".env").read_text("utf-8").count("SECRET_KEY=") == 2
    code, output = await started(tmp_path, "api", REDIS_URL=redis_url, PORT=str(taken))
    assert "SECRET_KEY" not in output
    assert str(taken) in output


@pytest.mark.parametrize("key", ["x" * 64, "change-me-to-something-long-and-random", "abcdefgh" * 8])
@pytest.mark.parametrize("name", ["SECRET_KEY", "SECRET_KEY_PREVIOUS"])
async def test_a_weak_secret_is_refused_and_not_shown(tmp_path: Path, name: str, key: str) -> None:
    code, output = await started(tmp_path, "api", **{"SECRET_KEY": SECRET, name: key})
    assert code == 2
    assert f"{name}: " in output
    assert key not in output
    assert "Traceback" not in output


async def test_jwt_mode_without_a_provider_is_refused(tmp_path: Path) -> None:
    code, output = await started(tmp_path, "api", AUTH_MODE="jwt", JWT_ISSUER="https://idp.example.com")
    assert code == 2
    assert "AUTH_MODE=jwt needs JWT_AUDIENCE, JWT_JWKS_URL" in output
    assert "SECRET_KEY" not in output
    assert "Traceback" not in output


@pytest.mark.parametrize("module", ["api", "worker"])
@pytest.mark.parametrize("content", [None, "", "not = [toml", '[x]\nicon = "x"\n'])
async def test_an_unusable_personas_file_is_named(
    tmp_path: Path, redis_url: str, module: str, content: str | None
) -> None:
    file = tmp_path / "personas.toml"
    if content is not None:
        file.write_text(content, "utf-8")
    settings = {"PERSONAS_FILE": str(file), "SECRET_KEY": SECRET, "REDIS_URL": redis_url, "PORT": str(ports.free())}
    code, output = await started(tmp_path, module, **settings)
    assert code != 0
    assert "PERSONAS_FILE" in output
    assert "Traceback" not in output


async def test_a_worker_waits_for_a_store_that_is_away(tmp_path: Path) -> None:
    port, log = ports.free(), tmp_path / "start.log"
    url = valkey.url(port)
    process = await start("worker", environment(url, "http://127.0.0.1:1", {}), log)
    await asyncio.to_thread(until, lambda: "poll_failed" in log.read_text("utf-8"))
    server = await asyncio.to_thread(valkey.start, tmp_path, port)
    try:
        async with client_of(url) as store:

            async def listed() -> bool:
                return bool(await store.zcard(keys.WORKERS))

            await eventually(listed)
        assert process.returncode is None
        process.terminate()
        assert await asyncio.wait_for(process.wait(), PATIENCE) == 0
    finally:
        valkey.stop(server)
    assert "Traceback" not in log.read_text("utf-8")


async def test_a_worker_that_waits_for_a_store_can_be_stopped(tmp_path: Path) -> None:
    log = tmp_path / "start.log"
    process = await start("worker", environment(valkey.url(ports.free()), "http://127.0.0.1:1", {}), log)
    await asyncio.to_thread(until, lambda: "poll_failed" in log.read_text("utf-8"))
    process.terminate()
    assert await asyncio.wait_for(process.wait(), PATIENCE) == 0
    assert "Traceback" not in log.read_text("utf-8")


async def test_a_port_in_use_is_named(tmp_path: Path, redis_url: str, taken: int) -> None:
    code, output = await started(tmp_path, "api", SECRET_KEY=SECRET, REDIS_URL=redis_url, PORT=str(taken))
    assert code != 0
    assert str(taken) in output
    assert "Traceback" not in output


async def test_a_metrics_port_in_use_is_named(tmp_path: Path, taken: int) -> None:
    code, output = await started(tmp_path, "worker", METRICS_PORT=str(taken))
    assert code == 2
    assert f"METRICS_PORT cannot be used (127.0.0.1:{taken}: Address already in use)" in output
    assert "Traceback" not in output
