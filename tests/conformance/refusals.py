"""What a refusal has to look like."""

from typing import Any

import httpx2

from tests.conformance.verdicts import holds, same

WORDS = ("type", "title", "code", "detail", "request_id")


def problem(answer: httpx2.Response) -> dict[str, Any]:
    """The problem of a refusal, which has every member that it has to have."""
    about = f"{answer.request.method} {answer.request.url.path}, answered {answer.status_code}"
    media = answer.headers.get("Content-Type", "").partition(";")[0]
    same(media, "application/problem+json", f"media type of {about}")
    found: dict[str, Any] = answer.json()
    for name in WORDS:
        holds(isinstance(found.get(name), str), f"{name} is {found.get(name)!r} in {about}")
    same(found.get("status"), answer.status_code, f"status in the problem of {about}")
    holds(type(found["status"]) is int, f"status is {found['status']!r} in {about}")
    return found


def refused(answer: httpx2.Response, status: int, code: str) -> dict[str, Any]:
    """The problem of an answer that has to have this status and code."""
    about = f"{answer.request.method} {answer.request.url.path}"
    same(answer.status_code, status, f"status of {about}")
    found = problem(answer)
    same(found["code"], code, f"code of {about}")
    return found
