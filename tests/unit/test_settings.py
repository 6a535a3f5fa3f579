"""Settings that cannot work are refused at the start, with explanations."""

import re
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from chat import demo, network
from chat.network import is_loopback
from chat.secret import weakness
from chat.settings import DAY, Settings, explain
from chat.store import pool

GOOD_KEY = "q7Vd2kLw9sXz4TnBf8RjHc5yGmPa3EuW"
PROVIDER: dict[str, Any] = {
    "auth_mode": "jwt",
    "jwt_issuer": "https://idp.example.com",
    "jwt_audience": "holdfast",
    "jwt_jwks_url": "https://idp.example.com/keys",
}
ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def _no_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Removes the machine's settings and any `.env`."""
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.chdir(tmp_path)


def refusal(**values: Any) -> str:
    with pytest.raises(ValidationError) as caught:
        Settings(**values)
    return explain(caught.value)


def test_the_defaults_are_valid_and_keep_everything() -> None:
    settings = Settings()
    assert (settings.max_history_messages, settings.context_messages, settings.legacy_messages) == (0, 10, 20)
    assert (settings.conversation_expire_time, settings.session_expire_time) == (0, 0)
    assert settings.keep_history == settings.keep_session == 36_500 * DAY
    assert settings.auth_mode == "guest"
    assert settings.data_url == settings.queue_url == "redis://127.0.0.1:6379/0"
    assert settings.offered_models == (settings.openai_model,)


def test_the_environment_and_dotenv_are_read(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("OPENAI_MODEL=from-file\nREDIS_PORT=6380\nUNKNOWN=1\nREDIS_HOST=\n", "utf-8")
    monkeypatch.setenv("REDIS_PORT", "6381")
    settings = Settings()
    assert (settings.openai_model, settings.redis_port, settings.redis_host) == ("from-file", 6381, "127.0.0.1")


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.5", "::", "example.com", "localhost.example.com"])
def test_trust_mode_is_refused_on_a_reachable_host(host: str) -> None:
    message = refusal(auth_mode="trust", host=host)
    assert "AUTH_MODE=guest" in message
    assert host in message


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.2", "::1", "localhost"])
def test_trust_mode_is_accepted_on_loopback(host: str) -> None:
    assert is_loopback(host)
    assert Settings(auth_mode="trust", host=host).auth_mode == "trust"


@pytest.mark.parametrize(
    ("values", "name"),
    [
        ({"secret_key": "short"}, "SECRET_KEY"),
        ({"secret_key": "s" * 40}, "SECRET_KEY"),
        ({"secret_key": "abcdefgh" * 5}, "SECRET_KEY"),
        ({"secret_key": "change-me-9sXz4TnBf8RjHc5yGmPa3EuW"}, "SECRET_KEY"),
        ({"secret_key": "your_secret_key_that_is_long_enough_1"}, "SECRET_KEY"),
        ({"secret_key_previous": "short"}, "SECRET_KEY_PREVIOUS"),
        ({"secret_key": GOOD_KEY, "secret_key_previous": GOOD_KEY}, "SECRET_KEY_PREVIOUS"),
        ({"auth_mode": "jwt"}, "JWT_ISSUER, JWT_AUDIENCE, JWT_JWKS_URL"),
        ({**PROVIDER, "jwt_issuer": ""}, "JWT_ISSUER"),
        ({**PROVIDER, "jwt_audience": ""}, "JWT_AUDIENCE"),
        ({**PROVIDER, "jwt_jwks_url": ""}, "JWT_JWKS_URL"),
        ({**PROVIDER, "jwt_jwks_url": "http://idp.example.com/keys"}, "JWT_JWKS_URL"),
        ({**PROVIDER, "jwt_jwks_url": "http://127.0.0.1.example.com/keys"}, "JWT_JWKS_URL"),
        ({**PROVIDER, "jwt_jwks_url": "file:///etc/keys"}, "JWT_JWKS_URL"),
        ({**PROVIDER, "jwt_jwks_url": "https:///keys"}, "JWT_JWKS_URL"),
        ({**PROVIDER, "jwt_jwks_url": "https://idp.example.com:abc/keys"}, "JWT_JWKS_URL"),
        ({**PROVIDER, "jwt_algorithms": "RS256,HS256"}, "JWT_ALGORITHMS"),
        ({**PROVIDER, "jwt_algorithms": "none"}, "JWT_ALGORITHMS"),
        ({**PROVIDER, "jwt_algorithms": ","}, "JWT_ALGORITHMS"),
        ({**PROVIDER, "jwt_leeway": -1}, "JWT_LEEWAY"),
        ({**PROVIDER, "jwt_leeway": 301}, "JWT_LEEWAY"),
        ({**PROVIDER, "jwt_jwks_seconds": 0}, "JWT_JWKS_SECONDS"),
        ({**PROVIDER, "sign_in_url": "javascript:alert(1)"}, "SIGN_IN_URL"),
        ({**PROVIDER, "sign_in_url": "//elsewhere.example.com"}, "SIGN_IN_URL"),
        ({"auth_mode": "trust", "trusted_proxies": "127.0.0.1"}, "TRUSTED_PROXIES"),
        ({"trusted_proxies": "*"}, "TRUSTED_PROXIES"),
        ({"trusted_proxies": "0.0.0.0/0"}, "TRUSTED_PROXIES"),
        ({"trusted_proxies": "10.0.0.1/8"}, "TRUSTED_PROXIES"),
        ({"trusted_proxies": "127.0.0.1, proxy.internal"}, "TRUSTED_PROXIES"),
        ({"cors_origins": "chat.example.com"}, "CORS_ORIGINS"),
        ({"cors_origins": "https://chat.example.com/page"}, "CORS_ORIGINS"),
        ({"cors_origins": "null"}, "CORS_ORIGINS"),
        ({"cors_origins": "https://u:p@chat.example.com"}, "CORS_ORIGINS"),
        ({"openai_base_url": "localhost:1234"}, "OPENAI_BASE_URL"),
        ({"openai_base_url": "file:///etc/passwd"}, "OPENAI_BASE_URL"),
        ({"openai_base_url": "http://"}, "OPENAI_BASE_URL"),
        ({"redis_url": "http://x"}, "REDIS_URL"),
        ({"redis_url": "localhost:6379"}, "REDIS_URL"),
        ({"queue_redis_url": "x"}, "QUEUE_REDIS_URL"),
        ({"models": "a,b", "openai_model": "c"}, "OPENAI_MODEL"),
        ({"demo_base_url": "http://model:8080/v1", "openai_model": "c"}, "Set OPENAI_API_KEY for OpenAI"),
        ({"demo_base_url": "http://model:8080/v1", "models": "c"}, "Set OPENAI_API_KEY for OpenAI"),
        ({"openai_model": ""}, "OPENAI_MODEL"),
        ({"redis_port": 0}, "REDIS_PORT"),
        ({"port": 70_000}, "PORT"),
        ({"port": "x"}, "PORT"),
        ({"max_history_messages": -1}, "MAX_HISTORY_MESSAGES"),
        ({"context_messages": -1}, "CONTEXT_MESSAGES"),
        ({"lease_seconds": 0}, "LEASE_SECONDS"),
        ({"openai_temperature": 3}, "OPENAI_TEMPERATURE"),
        ({"auth_mode": "none"}, "AUTH_MODE"),
        ({"openai_api_key": "sk-…"}, "OPENAI_API_KEY"),
        ({"log_level": "LOUD"}, "LOG_LEVEL"),
        ({"worker_slots": 0}, "WORKER_SLOTS"),
        ({"watchdog_seconds": -1}, "WATCHDOG_SECONDS"),
        ({"turn_timeout": 0}, "TURN_TIMEOUT"),
        ({"redis_url": "redis://h:abc"}, "REDIS_URL"),
        ({"redis_url": "redis://h:70000"}, "REDIS_URL"),
        ({"redis_url": "redis://h/0?unknown_option=1"}, "REDIS_URL"),
        ({"redis_url": "redis://h/0?socket_timeout=soon"}, "REDIS_URL"),
        ({"redis_url": "redis://[::1/0"}, "REDIS_URL"),
        ({"queue_redis_url": "redis://h:abc"}, "QUEUE_REDIS_URL"),
        ({"queue_redis_url": "redis://h/0?unknown_option=1"}, "QUEUE_REDIS_URL"),
        ({"redis_url": "redis+sentinel://h"}, "REDIS_URL"),
        ({"redis_url": "redis+sentinel://h,/service"}, "REDIS_URL"),
        ({"redis_url": "redis+sentinel://h:x/service"}, "REDIS_URL"),
        ({"redis_url": "redis+sentinel://h/service/one"}, "REDIS_URL"),
        ({"redis_url": "redis+sentinel://h/service?unknown_option=1"}, "REDIS_URL"),
        ({"redis_url": "unix+sentinel://h/service"}, "REDIS_URL"),
        ({"redis_url": "redis+cluster://", "queue_redis_url": "redis://q"}, "REDIS_URL"),
        ({"redis_url": "redis+cluster://h/x", "queue_redis_url": "redis://q"}, "REDIS_URL"),
        ({"redis_url": "redis+cluster://h"}, "QUEUE_REDIS_URL must name another server"),
        ({"redis_url": "redis://h", "queue_redis_url": "redis+cluster://h"}, "QUEUE_REDIS_URL may not name a Cluster"),
        ({"cors_origins": "*"}, "CORS_ORIGINS"),
        ({"cors_origins": "https://x, *"}, "CORS_ORIGINS"),
        ({"session_expire_time": 1799, "turn_timeout": 600, "max_attempts": 3}, "SESSION_EXPIRE_TIME"),
        ({"conversation_expire_time": 1799, "turn_timeout": 600, "max_attempts": 3}, "CONVERSATION_EXPIRE_TIME"),
        ({"session_expire_time": 59, "turn_timeout": 1, "max_attempts": 1}, "SESSION_EXPIRE_TIME"),
        ({"conversation_expire_time": -1}, "CONVERSATION_EXPIRE_TIME"),
        ({"legacy_messages": -1}, "LEGACY_MESSAGES"),
        ({"legacy_messages": 101}, "LEGACY_MESSAGES"),
    ],
)
def test_what_cannot_work_is_refused_by_its_name(values: dict[str, Any], name: str) -> None:
    message = refusal(**values)
    assert name in message
    assert ".env" in message.splitlines()[0]
    assert "pydantic" not in message.lower()


def test_all_invalid_settings_are_reported_together() -> None:
    message = refusal(port="x", lease_seconds=0, secret_key=GOOD_KEY)
    assert len(message.splitlines()) == 3
    assert "PORT: " in message
    assert "LEASE_SECONDS: " in message


def test_no_secret_is_ever_shown() -> None:
    secret = "a-secret-of-mine"
    assert secret not in refusal(secret_key=secret)
    settings = Settings(openai_api_key=secret, redis_password=secret)
    assert secret not in repr(settings)


@pytest.mark.parametrize(
    "url",
    ["redis://:s3cr/et@host", "redis://:s3cr:et@host:x", "redis://h/0?password=s3cr&timeout=s3cr", "redis://:s3cr]@[h",
     "redis+sentinel://:s3cr@h", "redis+sentinel://h:x/s?sentinel_password=s3cr", "redis+cluster://:s3cr/et@h",
     "redis://u:1#s3cr@h", "redis://u:1?s3cr@h", "redis://:1/s3cr@h", "redis://s3cr/et@h", "redis://s3cr?et@h",
     "redis://s3cr#et@h", "redis://:p@s3cr/et@h", "rediss://:p@s3cr?et@h", "unix://:s3cr/et@/run/x",
     "redis+sentinel://s3cr/et@h", "redis+cluster://s3cr?et@h", "redis+sentinel://:p@s3cr?et@h/service"],
)  # fmt: skip
def test_an_unreadable_store_address_hides_its_password(url: str) -> None:
    for name in ("redis_url", "queue_redis_url"):
        message = refusal(**{name: url})
        assert name.upper() in message
        assert "s3cr" not in message


@pytest.mark.parametrize(
    "rest", ["u:s3cr@h/page?q", "u:s3cr/et@h/page", "s3cr/et@h", "u:s3cr?et@h", "u:s3cr", "u:1#s3cr"]
)
@pytest.mark.parametrize("name", ["cors_origins", "openai_base_url", "jwt_jwks_url", "otel_exporter_otlp_endpoint"])
def test_no_part_of_a_login_is_shown_with_an_address(name: str, rest: str) -> None:
    values = {**PROVIDER, name: f"http://{rest}"}
    try:
        shown = network.shown(getattr(Settings(**values), name))
    except ValidationError as error:
        shown = explain(error)
    assert "s3cr" not in shown
    assert shown


def test_an_address_is_shown_without_its_login_and_query() -> None:
    assert network.shown("https://u:s3cr@[::1]:8080/v1?key=s3cr") == "https://[::1]:8080/v1"
    assert (
        Settings(openai_base_url="https://u:p@h/v1/?api-version=1").openai_base_url == "https://u:p@h/v1?api-version=1"
    )


def test_addresses_are_built_from_their_parts() -> None:
    settings = Settings(redis_host="r", redis_port=1, redis_db=2, redis_password="p@ss/w:rd")
    assert settings.data_url == "redis://:p%40ss%2Fw%3Ard@r:1/2"
    assert Settings(redis_url="redis://u/3", redis_host="r").data_url == "redis://u/3"
    assert Settings(redis_url="redis://u/3", queue_redis_url="redis://q/0").queue_url == "redis://q/0"
    assert Settings(openai_base_url="http://x/v1/").openai_base_url == "http://x/v1"


@pytest.mark.parametrize("host", ["::1", "fe80::1", "127.0.0.1", "redis.internal"])
def test_any_host_gives_an_address_of_that_host(host: str) -> None:
    settings = Settings(redis_host=host, redis_port=6380, redis_password="p:w")
    made = pool(settings.data_url).connection_kwargs
    assert (made["host"], made["port"], made["db"], made["password"]) == (host, 6380, 0, "p:w")


@pytest.mark.parametrize(
    "url",
    ["redis://h", "redis://u:p@h:1/2", "rediss://h/0?ssl_cert_reqs=none", "redis://[::1]:6379/0",
     "unix:///run/redis.sock?db=1", "redis://h/0?health_check_interval=5",
     "redis+sentinel://:p@h:1,i:2/service/3?sentinel_password=q", "rediss+sentinel://h/service?ssl_cert_reqs=none"],
)  # fmt: skip
def test_valid_store_addresses_are_accepted(url: str) -> None:
    assert Settings(redis_url=url).data_url == Settings(queue_redis_url=url).queue_url == url


def test_a_cluster_is_accepted_with_a_separate_queue_server() -> None:
    for queue in ("redis://q", "redis+sentinel://h/service"):
        settings = Settings(redis_url="redis+cluster://h:1,i:2", queue_redis_url=queue)
        assert (settings.data_url, settings.queue_url) == ("redis+cluster://h:1,i:2", queue)


def test_sessions_that_last_as_long_as_turns_are_accepted() -> None:
    settings = Settings(session_expire_time=90, conversation_expire_time=90, turn_timeout=30, max_attempts=3)
    assert settings.session_expire_time == settings.keep_session == settings.keep_history == 90


def test_messages_never_outlive_their_session() -> None:
    session_only = Settings(session_expire_time=7 * DAY)
    assert (session_only.keep_session, session_only.keep_history) == (7 * DAY, 7 * DAY)
    messages_only = Settings(conversation_expire_time=7 * DAY)
    assert (messages_only.keep_session, messages_only.keep_history) == (36_500 * DAY, 7 * DAY)


@pytest.mark.parametrize("seconds", [1, 3600, DAY - 1])
def test_guests_are_kept_for_a_day_at_least(seconds: int) -> None:
    with pytest.raises(ValidationError, match="at least 86400"):
        Settings(guest_expire_time=seconds)
    assert Settings(guest_expire_time=DAY).guest_expire_time == DAY


def test_lists_are_separated_by_commas() -> None:
    settings = Settings(models=" a , b,,", openai_model="b", cors_origins="https://x , https://y")
    assert settings.models == settings.offered_models == ("a", "b")
    assert settings.cors_origins == ("https://x", "https://y")


@pytest.mark.parametrize("url", ["https://idp.example.com/keys", "http://127.0.0.1:9/keys", "http://localhost/keys",
                                 "http://[::1]:9/keys"])  # fmt: skip
def test_https_or_loopback_key_addresses_are_accepted(url: str) -> None:
    settings = Settings(**{**PROVIDER, "jwt_jwks_url": url})
    assert settings.jwt_jwks_url == url
    assert settings.jwt_algorithms == ("RS256", "ES256", "EdDSA")


def test_origins_are_normalised_as_browsers_send_them() -> None:
    given = "HTTPS://Chat.Example.com/, http://x:80, https://x:443, https://x:8443, http://[::1]:5173"
    kept = ("https://chat.example.com", "http://x", "https://x", "https://x:8443", "http://[::1]:5173")
    assert Settings(cors_origins=given).cors_origins == kept


def test_trusted_proxies_accept_addresses_and_networks() -> None:
    assert Settings(trusted_proxies="10.0.0.0/8, 127.0.0.1, fd00::/8").trusted_proxies == (
        "10.0.0.0/8", "127.0.0.1", "fd00::/8"
    )  # fmt: skip
    assert Settings().trusted_proxies == ()


@pytest.mark.parametrize("make", [lambda: secrets.token_hex(16), lambda: secrets.token_hex(32), secrets.token_urlsafe])
def test_random_keys_are_accepted(make: Callable[[], str]) -> None:
    assert [wrong for _ in range(500) if (wrong := weakness(make()))] == []


def test_the_ttl_of_a_running_turn_exceeds_its_run_time() -> None:
    settings = Settings(turn_timeout=100, max_attempts=5, log_ttl=10)
    assert settings.running_ttl > 100 * 5 + 10


def test_the_example_file_lists_exactly_the_settings() -> None:
    example = (ROOT / ".env.example").read_text("utf-8")
    named = set(re.findall(r"^#? ?([A-Z][A-Z_]+)=", example, re.MULTILINE))
    assert {name.upper() for name in Settings.model_fields} - named == set()
    assert named - {name.upper() for name in Settings.model_fields} == set()


@pytest.mark.parametrize("named", [{"openai_api_key": "sk-1"}, {"openai_base_url": "http://127.0.0.1:11434/v1"}])
def test_the_demo_model_is_used_until_another_model_is_set(named: dict[str, Any]) -> None:
    shown = Settings(demo_base_url="http://model:8080/v1")
    assert (shown.openai_base_url, shown.openai_model) == ("http://model:8080/v1", demo.NAME)
    assert shown.offered_models == (shown.demo_model,)
    assert (shown.openai_max_tokens, shown.session_titles) == (400, False)
    assert Settings(demo_base_url="http://model:8080/v1", openai_max_tokens=50).openai_max_tokens == 50
    real = Settings(demo_base_url="http://model:8080/v1", **named)
    assert real.openai_base_url != shown.openai_base_url
    assert (real.demo_model, real.openai_max_tokens) == ("", 2000)
