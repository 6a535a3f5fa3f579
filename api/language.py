"""Chooses the language of a response, Chinese or English."""

from typing import Annotated

from fastapi import Depends, Header

from chat.personas import Language


def preferred(accept_language: str | None) -> Language:
    """Returns "en" if `Accept-Language` prefers English to Chinese, else "zh" (RFC 9110, 12.5.4)."""
    weights: dict[Language, float] = {"zh": 0.0, "en": 0.0}
    for part in (accept_language or "").split(","):
        tag, _, quality = "".join(part.split()).lower().partition(";q=")
        primary = tag.partition("-")[0]
        for language in weights:
            if primary == language:
                weights[language] = max(weights[language], _weight(quality))
    return "en" if weights["en"] > weights["zh"] else "zh"


def _weight(quality: str) -> float:
    try:
        return float(quality) if quality else 1.0
    except ValueError:
        return 0.0


async def _language(accept_language: Annotated[str | None, Header()] = None) -> Language:
    return preferred(accept_language)


RequestedLanguage = Annotated[Language, Depends(_language)]
