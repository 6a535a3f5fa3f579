"""What the launcher starts by itself and what the children are told, decided from the settings."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from pydantic import ValidationError
from pydantic_settings import SettingsError

from chat import demo
from chat.network import is_loopback
from chat.settings import Settings, explain
from launcher.console import Problem

DRAIN_SECONDS = 5
LOOPBACK = "127.0.0.1,localhost,::1"


@dataclass(frozen=True)
class Plan:
    """What runs here, and the variables that differ from the caller's environment."""

    settings: Settings
    valkey: bool
    model: bool
    variables: dict[str, str] = field(default_factory=dict, repr=False)

    def environment(self, base: Mapping[str, str]) -> dict[str, str]:
        """The whole environment of a child. Settings are named without regard to case, so ours replace both."""
        kept = {name: value for name, value in base.items() if name.upper() not in self.variables}
        return kept | self.variables


def read() -> Settings:
    """The settings of the environment and `.env`. Raises `Problem` with one line for each that cannot work."""
    try:
        return Settings()
    except ValidationError as error:
        raise Problem(explain(error)) from None
    except SettingsError as error:
        raise Problem(f"A setting cannot be read: {error}") from None
    except (OSError, UnicodeDecodeError) as error:
        raise Problem(f".env cannot be read ({error}): it must be a UTF-8 text file that you may read.") from None


def decide(settings: Settings, secret_key: str, valkey_url: str, model_url: str, base: Mapping[str, str]) -> Plan:
    """Fill in only what the settings leave open."""
    given = settings.model_fields_set
    own_valkey = not given & {"redis_url", "redis_host"}
    own_model = not given & {"openai_api_key", "openai_base_url"}
    told = {"HOST": settings.host, "PORT": str(settings.port), "PYTHONUNBUFFERED": "1"}
    if own_valkey:
        told["REDIS_URL"] = valkey_url
    if own_model:
        told |= {"OPENAI_BASE_URL": model_url, "OPENAI_API_KEY": "local"}
        told |= dict.fromkeys(("OPENAI_MODEL", "MODELS", "DEMO_MODEL"), demo.NAME)
        told |= {name: value for name, value in demo.DEFAULTS.items() if name.lower() not in given}
    if not settings.secret_key.get_secret_value():
        told["SECRET_KEY"] = secret_key
    if "auth_mode" not in given and is_loopback(settings.host):
        told["AUTH_MODE"] = "trust"
    if "drain_seconds" not in given:
        told["DRAIN_SECONDS"] = str(DRAIN_SECONDS)  # Ctrl-C is to be quick; unfinished replies run again
    return Plan(settings, own_valkey, own_model, told | proxies(base))


def proxies(env: Mapping[str, str]) -> dict[str, str]:
    """Keep calls to this machine away from a proxy."""
    if not any(name.upper().endswith("_PROXY") for name in env):
        return {}
    skipped = env.get("no_proxy") or env.get("NO_PROXY")
    value = f"{skipped},{LOOPBACK}" if skipped else LOOPBACK
    return {"NO_PROXY": value, "no_proxy": value}
