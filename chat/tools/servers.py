"""The tool servers of `MCP_FILE`: what each of its tables may have, and what an operator decides about tools."""

import re
from collections.abc import Iterator, Mapping
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator, model_validator

from chat import network
from chat.tools import policy
from chat.tools.function_names import SERVER
from chat.tools.policy import Approval

STRICT = ConfigDict(frozen=True, extra="forbid")
VARIABLE = re.compile(r"\$\{([^}]*)\}")
VARIABLE_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,99}", re.ASCII)
HEADER_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+", re.ASCII)
"""RFC 9110, 5.6.2."""

OWN_HEADERS = frozenset(("accept", "accept-encoding", "connection", "content-length", "content-type", "host"))
"""Headers that the client sets; besides them all that begin with `mcp-`."""


class OAuth(BaseModel):
    """How a token is got for a server: OAuth 2.1 client credentials (RFC 6749, 4.4).

    `token_url`: where. Without it the server says which authorization server it trusts, which must be `issuer`, or on
    the tool server's own origin.
    """

    model_config = STRICT

    token_url: str = ""
    issuer: str = ""
    client_id: str = Field(min_length=1)
    client_secret: SecretStr
    scope: str = ""

    @field_validator("token_url", "issuer")
    @classmethod
    def _safe_address(cls, value: str) -> str:
        return _address(value, "https://auth.example.com/token") if value else value


class ToolServer(BaseModel):
    """One table `[servers.<name>]`: a server at an address, or a command that this machine runs.

    `timeout`: of one call, in seconds. `files`: whether its calls get the texts of the conversation's files.
    `log_stderr`: whether what it writes to its standard error is logged after its first call, too.
    """

    model_config = STRICT

    name: str = ""
    title: str = Field("", max_length=100)
    url: str = ""
    headers: dict[str, SecretStr] = Field(default_factory=dict)
    oauth: OAuth | None = None
    command: tuple[str, ...] = ()
    env: dict[str, SecretStr] = Field(default_factory=dict)
    timeout: float = Field(60, gt=0, le=3600)
    allow: tuple[str, ...] = ("*",)
    deny: tuple[str, ...] = ()
    approval: dict[str, Approval] = Field(default_factory=dict)
    repeat: tuple[str, ...] = ()
    files: bool = False
    log_stderr: bool = False

    @field_validator("url")
    @classmethod
    def _http_address(cls, value: str) -> str:
        return _address(value, "https://mcp.example.com/mcp") if value else value

    @field_validator("headers")
    @classmethod
    def _fit_http(cls, value: dict[str, SecretStr]) -> dict[str, SecretStr]:
        for name in value:
            if not HEADER_NAME.fullmatch(name):
                raise ValueError(f"{name} is no name of a header")
            if name.lower() in OWN_HEADERS or name.lower().startswith("mcp-"):
                raise ValueError(f"may not set {name}: Holdfast does")
        return value

    @field_validator("command")
    @classmethod
    def _has_program(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if not value or not value[0] or any("\0" in part for part in value):
            raise ValueError('must be a list of the program and its arguments, like ["npx", "-y", "some-server"]')
        return value

    @field_validator("env")
    @classmethod
    def _are_variables(cls, value: dict[str, SecretStr]) -> dict[str, SecretStr]:
        for name in value:
            if not VARIABLE_NAME.fullmatch(name):
                raise ValueError(f"{name} is no name of an environment variable")
        return value

    @model_validator(mode="after")
    def _has_one_transport(self) -> Self:
        if bool(self.url) == bool(self.command):
            raise ValueError("needs either `url` (a server in the network) or `command` (one that this machine runs)")
        if self.command and (self.headers or self.oauth):
            raise ValueError("has `command`, so `headers` and `oauth` would have no effect: remove them, or use `env`")
        if self.url and self.log_stderr:
            raise ValueError("has `url`, so `log_stderr` would have no effect: remove it")
        if self.url and self.env:
            raise ValueError("has `url`, so `env` would have no effect: remove it, or use `headers`")
        if self.oauth and any(name.lower() == "authorization" for name in self.headers):
            raise ValueError("has `oauth`, so `headers` may not set Authorization")
        return self

    @property
    def shown_name(self) -> str:
        """The name for people."""
        return self.title or self.name

    def is_allowed(self, tool: str) -> bool:
        """Whether a tool of this server may be offered at all."""
        return policy.is_allowed(tool, self.allow, self.deny)

    def approval_of(self, tool: str, *, is_read_only: bool) -> Approval:
        """Returns whether a tool runs without a question, after one, or never."""
        return policy.approval_of(tool, self.approval, is_read_only=is_read_only)

    def is_repeatable(self, tool: str, *, is_read_only: bool, is_idempotent: bool) -> bool:
        """Whether a call may be made again without harm."""
        return policy.is_repeatable(tool, self.repeat, is_read_only=is_read_only, is_idempotent=is_idempotent)

    def secrets(self) -> Iterator[tuple[str, SecretStr]]:
        """Yields the values in which `${NAME}` stands for a variable, each after its place in the server's table."""
        yield from ((f"headers.{name}", value) for name, value in self.headers.items())
        yield from ((f"env.{name}", value) for name, value in self.env.items())
        if self.oauth:
            yield "oauth.client_id", SecretStr(self.oauth.client_id)
            yield "oauth.client_secret", self.oauth.client_secret

    def filled(self, variables: Mapping[str, str]) -> Self:
        """Returns the server with the variables in the place of `${NAME}`. Raises `KeyError` for a missing one."""
        oauth = self.oauth and self.oauth.model_copy(
            update={
                "client_id": filled(self.oauth.client_id, variables),
                "client_secret": _secret(self.oauth.client_secret, variables),
            }
        )
        headers = {name: _secret(value, variables) for name, value in self.headers.items()}
        env = {name: _secret(value, variables) for name, value in self.env.items()}
        return self.model_copy(update={"oauth": oauth, "headers": headers, "env": env})


class ToolServers(BaseModel):
    """All tool servers, by name."""

    model_config = STRICT

    servers: dict[str, ToolServer] = Field(default_factory=dict)

    @field_validator("servers")
    @classmethod
    def _named(cls, value: dict[str, ToolServer]) -> dict[str, ToolServer]:
        for name in value:
            if not SERVER.fullmatch(name) or len(name) > 32:
                raise ValueError(
                    f"{name} is no name of a server. Names have at most 32 of a-z, 0-9, - and _: no two _ in a row, "
                    "none at the ends"
                )
        return {name: server.model_copy(update={"name": name}) for name, server in value.items()}

    def filled(self, variables: Mapping[str, str]) -> Self:
        """As `ToolServer.filled`, for all servers."""
        servers = {name: server.filled(variables) for name, server in self.servers.items()}
        return self.model_copy(update={"servers": servers})


def filled(text: str, variables: Mapping[str, str]) -> str:
    """Returns the text with the variables in the place of `${NAME}`. Raises `KeyError` for one that is not set."""
    return VARIABLE.sub(lambda found: variables[found[1]], text)


def variables_in(text: str) -> list[str]:
    """Returns the names in `${NAME}`, also those that cannot be names of variables."""
    return [found[1] for found in VARIABLE.finditer(text)]


def _secret(value: SecretStr, variables: Mapping[str, str]) -> SecretStr:
    return SecretStr(filled(value.get_secret_value(), variables))


def _address(value: str, example: str) -> str:
    parts = network.http_address(value, example)
    if "@" in parts.netloc:
        raise ValueError("may not contain a login: use `headers`, with a variable for what is secret")
    return value
