"""The demo model, used where no other model is configured: its name and default settings."""

from typing import Any

NAME = "SmolLM2-135M-Instruct"
DEFAULTS = {"OPENAI_TEMPERATURE": "0.2", "OPENAI_MAX_TOKENS": "400", "SESSION_TITLES": "false"}
"""Because the model is small: incoherent at usual temperatures, often never stops, and cannot make titles."""

CONTINUES: dict[str, Any] = {"continue": "prefix", "dialect": "llama.cpp"}
"""How its server continues a reply (see `chat.providers.forms.Limits`)."""

NO_SERVER = (
    "OPENAI_MODEL or MODELS names a model, but nothing names the server that has it. Set OPENAI_API_KEY for OpenAI, or "
    "OPENAI_BASE_URL for any other server. To use the demo model, remove OPENAI_MODEL and MODELS."
)
