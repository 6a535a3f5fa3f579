"""Reads and validates all settings from the environment and `.env`. Unsafe or contradictory values prevent a start."""

import importlib.util
from functools import cached_property
from pathlib import Path
from typing import Literal, Self
from urllib.parse import quote

import limits
from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import SettingsConfigDict

from chat import files_url, network, personas
from chat.model_settings import ModelSettings, Names, split
from chat.network import is_loopback
from chat.secret import weakness
from chat.store import topology
from chat.tool_settings import ToolSettings

DAY = 86_400
FOREVER = 36_500 * DAY
"""Seconds to keep what no setting limits: Redis needs a number."""

ASYMMETRIC = {"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"}
MAKE_SECRET = 'python3 -c "import secrets; print(secrets.token_urlsafe(48))"'


class Settings(ModelSettings, ToolSettings):
    """One field per line of `.env.example`. Times are in seconds, sizes in the unit in their name.

    Raises `pydantic.ValidationError` for an invalid value.
    """

    model_config = SettingsConfigDict(
        env_file=".env", env_file_encoding="utf-8", extra="ignore", frozen=True, env_ignore_empty=True
    )

    # Redis
    redis_url: str = ""
    redis_host: str = "127.0.0.1"
    redis_port: int = Field(6379, ge=1, le=65_535)
    redis_password: SecretStr = SecretStr("")
    redis_db: int = Field(0, ge=0)
    queue_redis_url: str = ""

    # Conversations
    max_history_messages: int = Field(0, ge=0)
    context_messages: int = Field(10, ge=0)
    conversation_expire_time: int = Field(0, ge=0)
    session_expire_time: int = Field(0, ge=0)
    guest_expire_time: int = Field(90 * DAY, ge=0)
    legacy_messages: int = Field(20, ge=0, le=100)
    max_message_chars: int = Field(32_000, ge=1)
    max_prompt_bytes: int = Field(4_194_304, ge=1)
    session_titles: bool = True
    share_links: bool = True
    max_reply_chars: int = Field(1_000_000, ge=1)
    personas_file: Path = Path(__file__).with_name("personas.toml")

    # Images and files
    files_url: str = ""
    max_file_bytes: int = Field(67_108_864, ge=1)
    max_files_per_message: int = Field(10, ge=1, le=100)
    max_file_pixels: int = Field(50_000_000, ge=1)
    max_file_text_chars: int = Field(100_000, ge=1, le=5_000_000)
    max_file_bytes_per_user: int = Field(268_435_456, ge=0)

    # Turns and workers
    worker_slots: int = Field(200, ge=1)
    lease_seconds: float = Field(10, ge=1)
    drain_seconds: float = Field(30, ge=0)
    max_attempts: int = Field(3, ge=1)
    turn_timeout: float = Field(600, gt=0)
    log_ttl: int = Field(3600, ge=1)
    max_queue_depth: int = Field(10_000, ge=1)
    max_queue_seconds: float = Field(300, ge=0)
    watchdog_seconds: float = Field(30, ge=0)
    health_file: Path | None = None

    # Authentication and listening address
    auth_mode: Literal["guest", "jwt", "trust"] = "guest"
    secret_key: SecretStr = SecretStr("")
    secret_key_previous: SecretStr = SecretStr("")
    jwt_issuer: str = ""
    jwt_audience: str = ""
    jwt_jwks_url: str = ""
    jwt_algorithms: Names = ("RS256", "ES256", "EdDSA")
    jwt_leeway: int = Field(30, ge=0, le=300)
    jwt_jwks_seconds: float = Field(300, ge=1, le=DAY)
    sign_in_url: str = ""
    show_prompts: bool | None = None
    cors_origins: Names = ()
    trusted_proxies: Names = ()
    host: str = "127.0.0.1"
    port: int = Field(8000, ge=1, le=65_535)
    web_dir: Path = Path("web/dist")
    launcher_socket: Path | None = None

    # Limits per user, per address and per process; 0 = no limit
    rate_limit_user: str = "300/minute"
    rate_limit_address: str = "1200/minute"
    rate_limit_new_guests: str = "100/hour"
    max_active_turns_per_user: int = Field(10, ge=0)
    max_active_turns_per_address: int = Field(50, ge=0)
    max_streams_per_user: int = Field(50, ge=0)
    max_sessions_per_user: int = Field(1000, ge=0)
    max_personas_per_user: int = Field(50, ge=0, le=500)
    max_api_tokens_per_user: int = Field(50, ge=0, le=500)
    max_api_token_days: int = Field(0, ge=0, le=3650)
    max_connections: int = Field(10_000, ge=1)
    max_bytes_per_user: int = Field(104_857_600, ge=0)
    max_import_bytes: int = Field(104_857_600, ge=1)

    # Metrics, traces and logs
    metrics_port: int = Field(0, ge=0, le=65_535)
    otel_exporter_otlp_endpoint: str = ""
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    log_format: Literal["console", "json"] = "console"

    @field_validator("cors_origins", "jwt_algorithms", "trusted_proxies", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return split(value)

    @field_validator("log_level", mode="before")
    @classmethod
    def _upper(cls, value: object) -> object:
        return value.upper() if isinstance(value, str) else value

    @field_validator("otel_exporter_otlp_endpoint")
    @classmethod
    def _collector(cls, value: str) -> str:
        if value:
            network.http_address(value, "http://127.0.0.1:4318")
        if value and not importlib.util.find_spec("opentelemetry.sdk"):
            raise ValueError("needs the packages in requirements/traces.lock: run make setup, or leave it empty")
        return value

    @field_validator("redis_url", "queue_redis_url")
    @classmethod
    def _redis_address(cls, value: str) -> str:
        if value:
            topology.check(value)
        return value

    @field_validator("files_url")
    @classmethod
    def _files_address(cls, value: str) -> str:
        return files_url.check_url(value) if value else value

    @field_validator("guest_expire_time")
    @classmethod
    def _longer_than_a_day(cls, value: int) -> int:
        if 0 < value < DAY:
            raise ValueError("must be 0 (never) or at least 86400 (a day): visits of guests are noted once an hour")
        return value

    @field_validator("rate_limit_user", "rate_limit_address", "rate_limit_new_guests")
    @classmethod
    def _rate(cls, value: str) -> str:
        parse_rate(value)
        return value

    @field_validator("cors_origins")
    @classmethod
    def _origins(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if "*" in value:
            raise ValueError("must name each origin: with * any page could act for your users")
        return tuple(network.origin(each) for each in value)

    @field_validator("secret_key", "secret_key_previous")
    @classmethod
    def _strong(cls, value: SecretStr) -> SecretStr:
        key = value.get_secret_value()
        if key and (wrong := weakness(key)):
            raise ValueError(f"{wrong}. Make one with  {MAKE_SECRET}")
        return value

    @field_validator("jwt_algorithms")
    @classmethod
    def _asymmetric(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if not value or set(value) - ASYMMETRIC:
            raise ValueError(f"may only name {', '.join(sorted(ASYMMETRIC))}: with others a public key could sign")
        return value

    @field_validator("jwt_jwks_url")
    @classmethod
    def _safe_keys(cls, value: str) -> str:
        return network.safe(value) if value else value

    @field_validator("sign_in_url")
    @classmethod
    def _page_of_sign_in(cls, value: str) -> str:
        if value and (not value.startswith("/") or value.startswith("//")):
            network.http_address(value, "https://sso.example.com/login?back={url}, or a path like /oauth2/start")
        return value

    @field_validator("trusted_proxies")
    @classmethod
    def _proxies(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(network.network(each) for each in value)

    @field_validator("personas_file")
    @classmethod
    def _usable_personas(cls, path: Path) -> Path:
        try:
            personas.load(path)
        except (OSError, ValueError) as error:
            why = error.strerror if isinstance(error, OSError) else error
            raise ValueError(f"{path} cannot be used: {why}. Compare it with chat/personas.toml.") from None
        return path

    @model_validator(mode="after")
    def _provider_is_known(self) -> Self:
        needed = ("jwt_issuer", "jwt_audience", "jwt_jwks_url")
        missing = [name.upper() for name in needed if not getattr(self, name)]
        if self.auth_mode == "jwt" and missing:
            raise ValueError(
                f"AUTH_MODE=jwt needs {', '.join(missing)}: the issuer and the audience of accepted tokens, "
                "and the address of the keys that sign them"
            )
        if self.secret_key_previous.get_secret_value() and self.secret_key_previous == self.secret_key:
            raise ValueError("SECRET_KEY_PREVIOUS equals SECRET_KEY, so no key was rotated; leave it empty")
        return self

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.auth_mode == "trust" and not is_loopback(self.host):
            raise ValueError(
                "AUTH_MODE=trust accepts any user_id, so it needs HOST=127.0.0.1; use AUTH_MODE=guest to listen on "
                + self.host
            )
        if self.auth_mode == "trust" and self.trusted_proxies:
            raise ValueError(
                "AUTH_MODE=trust accepts any user_id, so it must not run behind a proxy: remove TRUSTED_PROXIES, "
                "or use AUTH_MODE=guest"
            )
        longest = self.longest_attempt * self.max_attempts
        if min(self.keep_session, self.keep_history) < max(longest, 60):
            raise ValueError(
                "SESSION_EXPIRE_TIME and CONVERSATION_EXPIRE_TIME must be 0 (never) or at least TURN_TIMEOUT x "
                f"MAX_ATTEMPTS ({longest:.0f} seconds) and 60: a session must outlive its replies"
            )
        return self

    @model_validator(mode="after")
    def _queue_has_one_primary(self) -> Self:
        if self.queue_redis_url and topology.parse(self.queue_redis_url).kind == "cluster":
            raise ValueError(
                "QUEUE_REDIS_URL may not name a Cluster: the queue needs one primary, alone or behind Sentinel"
            )
        if self.redis_url and not self.queue_redis_url and topology.parse(self.redis_url).kind == "cluster":
            raise ValueError(
                "REDIS_URL names a Cluster, so QUEUE_REDIS_URL must name another server, alone or behind Sentinel: the "
                "queue needs one primary"
            )
        return self

    @cached_property
    def data_url(self) -> str:
        """Address of the store of sessions, messages and event logs."""
        if self.redis_url:
            return self.redis_url
        password = self.redis_password.get_secret_value()
        user = f":{quote(password, safe='')}@" if password else ""
        host = f"[{self.redis_host}]" if ":" in self.redis_host else self.redis_host
        return f"redis://{user}{host}:{self.redis_port}/{self.redis_db}"

    @cached_property
    def queue_url(self) -> str:
        """Address of the job queue's store."""
        return self.queue_redis_url or self.data_url

    @cached_property
    def shows_prompts(self) -> bool:
        """Whether `GET /roles` returns the personas' system prompts. Default: not with AUTH_MODE=jwt."""
        return self.auth_mode != "jwt" if self.show_prompts is None else self.show_prompts

    @cached_property
    def max_body_bytes(self) -> int:
        """The largest valid request body: a message with every character escaped, plus the other fields."""
        return 12 * self.max_message_chars + 65_536

    @cached_property
    def keep_session(self) -> int:
        """Seconds to keep a session after its last question."""
        return self.session_expire_time or FOREVER

    @cached_property
    def keep_history(self) -> int:
        """Seconds to keep the messages of a session after its last turn."""
        return min(self.conversation_expire_time or FOREVER, self.keep_session)

    @cached_property
    def longest_attempt(self) -> float:
        """Seconds that an attempt at a turn may take.

        With tools these are the time for calls, the request that was made before it ended, and the last request.
        """
        return self.turn_timeout + (self.tool_seconds + self.turn_timeout if self.mcp_file else 0)

    @cached_property
    def running_ttl(self) -> int:
        """Seconds until an active turn and its log expire."""
        return DAY + int(self.longest_attempt * self.max_attempts) + self.log_ttl


def parse_rate(text: str) -> limits.RateLimitItem | None:
    """Parses a rate like "300/minute" or "20 per 5 seconds"; returns None for "0" or "". Raises `ValueError`."""
    if text.strip() in ("", "0"):
        return None
    try:
        (rate,) = limits.parse_many(text)
    except ValueError:
        raise ValueError("must be a rate such as 300/minute or 5/second, or 0 for no limit") from None
    return rate if rate.amount else None


def explain(error: ValidationError) -> str:
    """Returns one line per invalid setting, by its name in the environment. Leaves out values: some are secret."""
    lines = ["These settings are invalid (environment or .env):"]
    for problem in error.errors(include_input=False, include_url=False):
        name = ".".join(str(part) for part in problem["loc"]).upper()
        text = problem["msg"].removeprefix("Value error, ")
        lines.append(f"  {name}: {text}" if name else f"  {text}")
    return "\n".join(lines)
