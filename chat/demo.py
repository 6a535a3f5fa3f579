"""The demo model, which answers where no other is named: its name, and the settings that suit it."""

NAME = "SmolLM2-135M-Instruct"
DEFAULTS = {"OPENAI_TEMPERATURE": "0.2", "OPENAI_MAX_TOKENS": "400", "SESSION_TITLES": "false"}
"""So small a model talks nonsense at usual temperatures, does not know when to stop, and finds no titles."""
