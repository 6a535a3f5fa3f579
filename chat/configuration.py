"""Reads the settings of a process that starts, and says in sentences what is wrong with them."""

from pathlib import Path

from pydantic import ValidationError
from pydantic_settings import SettingsError

from chat import demo
from chat.settings import Settings, explain

NO_TEXT = ".env cannot be read ({}): it must be a UTF-8 text file that you may read."


class Unusable(Exception):
    """Raised when a process cannot start with what it was given. Its text says why; it contains no secret."""


def load() -> Settings:
    """Returns the settings from the environment and `.env`. Raises `Unusable`."""
    try:
        _check_text(Path(".env"))
        return Settings()
    except ValidationError as error:
        raise Unusable(explain(error)) from None
    except SettingsError as error:
        raise Unusable(f"A setting cannot be read: {error}") from None
    except UnicodeDecodeError:
        raise Unusable(NO_TEXT.format("it is not UTF-8")) from None
    except OSError as error:
        raise Unusable(NO_TEXT.format(error.strerror)) from None


def require_model_server(settings: Settings) -> None:
    """Raises `Unusable` if a model is named, but neither a key nor an address of the server that has it."""
    given = settings.model_fields_set
    if given & {"openai_model", "models"} and not given & {"openai_api_key", "openai_base_url"}:
        raise Unusable(demo.NO_SERVER)


def require_keys(settings: Settings) -> None:
    """Raises `Unusable` if a variable that `PROVIDERS_FILE` or `MCP_FILE` names is missing: only workers need keys."""
    try:
        settings.read_providers(needs_keys=True)
        settings.read_tool_servers(needs_variables=True)
    except ValueError as error:
        raise Unusable(f"These settings are invalid (environment or .env):\n  {error}") from None


def _check_text(dotenv: Path) -> None:
    """Raises `Unusable` for UTF-16 without a mark at its beginning: as UTF-8 none of its lines would name a setting."""
    if dotenv.is_file() and b"\0" in dotenv.read_bytes():
        raise Unusable(NO_TEXT.format("it is UTF-16 or not text"))
