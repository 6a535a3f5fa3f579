"""Decides from the settings which services the launcher starts, and sets the environment of its children."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from chat import configuration, demo
from chat.network import is_loopback
from chat.settings import Settings
from launcher.console import Problem

DRAIN_SECONDS = 5
LEASE_SECONDS = "4"
"""Short, so that a reply goes on soon after its worker was killed for a demonstration."""

LOOPBACK = "127.0.0.1,localhost,::1"


@dataclass(frozen=True)
class Own:
    """The secret and the addresses of the services that the launcher can start, and the file of its tool server."""

    secret_key: str = field(repr=False)
    valkey_url: str = field(repr=False)
    model_url: str
    files_url: str
    socket: str
    mcp_file: str


@dataclass(frozen=True)
class Plan:
    """Whether to start Valkey and the model, and the variables that differ from the caller's environment."""

    settings: Settings
    valkey: bool
    model: bool
    variables: dict[str, str] = field(default_factory=dict, repr=False)

    def environment(self, base: Mapping[str, str]) -> dict[str, str]:
        """Returns the environment of a child. Names of settings ignore case, so `variables` replaces every spelling."""
        kept = {name: value for name, value in base.items() if name.upper() not in self.variables}
        return kept | self.variables


def read() -> Settings:
    """Reads the settings from the environment and `.env`. Raises `Problem` with one line for each invalid one."""
    try:
        settings = configuration.load()
        configuration.require_model_server(settings)
        configuration.require_keys(settings)
    except configuration.Unusable as error:
        raise Problem(str(error)) from None
    return settings


def decide(settings: Settings, own: Own, base: Mapping[str, str]) -> Plan:
    """Plans a run. Sets only the variables that the settings do not."""
    given = settings.model_fields_set
    starts_valkey = not given & {"redis_url", "redis_host"}
    starts_model = not given & {"openai_api_key", "openai_base_url", "providers_file"}
    variables = {"HOST": settings.host, "PORT": str(settings.port), "PYTHONUNBUFFERED": "1"}
    if starts_valkey:
        variables["REDIS_URL"] = own.valkey_url
    if starts_model:
        variables |= demo_variables(settings, own)
    if not settings.files_url:
        variables["FILES_URL"] = own.files_url
    if "mcp_file" not in given and not starts_model and _can_call_tools(settings):
        variables["MCP_FILE"] = own.mcp_file
    if not settings.secret_key.get_secret_value():
        variables["SECRET_KEY"] = own.secret_key
    if "auth_mode" not in given and is_loopback(settings.host):
        variables["AUTH_MODE"] = "trust"
    if "drain_seconds" not in given:
        variables["DRAIN_SECONDS"] = str(DRAIN_SECONDS)  # short, so that Ctrl-C is quick; unfinished replies run again
    return Plan(settings, starts_valkey, starts_model, variables | proxies(base))


def _can_call_tools(settings: Settings) -> bool:
    return any("tools" in model.can for model in settings.catalog.models.values())


def demo_variables(settings: Settings, own: Own) -> dict[str, str]:
    """Returns the variables that have the demo model used.

    Its worker can be killed only where no other machine and no proxy is served, which `trust` refuses.
    """
    defaults = demo.DEFAULTS | {"LEASE_SECONDS": LEASE_SECONDS}
    variables = {name: value for name, value in defaults.items() if name.lower() not in settings.model_fields_set}
    variables |= {"OPENAI_BASE_URL": own.model_url, "OPENAI_API_KEY": "local"}
    variables |= dict.fromkeys(("OPENAI_MODEL", "MODELS", "DEMO_MODEL"), demo.NAME)
    is_trusting = "auth_mode" not in settings.model_fields_set or settings.auth_mode == "trust"
    is_local = is_loopback(settings.host) and is_trusting
    return variables | ({"LAUNCHER_SOCKET": own.socket} if is_local else {})


def proxies(env: Mapping[str, str]) -> dict[str, str]:
    """Returns the variables that exclude this machine from an HTTP proxy; none if no proxy is set."""
    if not any(name.upper().endswith("_PROXY") for name in env):
        return {}
    skipped = env.get("no_proxy") or env.get("NO_PROXY")
    value = f"{skipped},{LOOPBACK}" if skipped else LOOPBACK
    return {"NO_PROXY": value, "no_proxy": value}
