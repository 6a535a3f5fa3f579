"""One table of responses of model servers and the decoder's expected results, split by server and by rule."""

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
    unknown_fields,
    variants,
)
from tests.dialects.case import MAX_CHARS, Case

SERVERS = (openai, google, mistral, chinese, local, ollama, gateways, interfaces, clouds)
RULES = (reasons, frames, lines, lost, unknown_fields, content, shapes, errors, variants, rare)

TABLE: list[Case] = [case for family in (*SERVERS, *RULES) for case in family.CASES]

WITH_TEXT = [case for case in TABLE if case.text and case.max_chars == MAX_CHARS]
"""The cases with text, except those about the maximum length."""
