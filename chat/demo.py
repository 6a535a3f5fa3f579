"""The demo model, used where no other model is configured: its name and default settings."""

NAME = "SmolLM2-135M-Instruct"
DEFAULTS = {"OPENAI_TEMPERATURE": "0.2", "OPENAI_MAX_TOKENS": "400", "SESSION_TITLES": "false"}
"""Because the model is small: incoherent at usual temperatures, often never stops, and cannot make titles."""
