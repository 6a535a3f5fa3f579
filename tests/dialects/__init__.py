"""What model servers send, and what has to come out of the decoder: one table, split by who sends it."""

from tests.dialects import (
    chinese,
    clouds,
    content,
    errors,
    frames,
    gateways,
    google,
    interfaces,
    lines,
    local,
    lost,
    mistral,
    ollama,
    openai,
    rare,
    reasons,
    shapes,
    variants,
)
from tests.dialects.case import ROOM, Case

SERVERS = (openai, google, mistral, chinese, local, ollama, gateways, interfaces, clouds)
RULES = (reasons, frames, lines, lost, content, shapes, errors, variants, rare)

TABLE: list[Case] = [case for family in (*SERVERS, *RULES) for case in family.CASES]

SPOKEN = [case for case in TABLE if case.text and case.room == ROOM]
"""Those whose reply a reader sees."""
