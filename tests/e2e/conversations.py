"""Stores conversations that a test begins with. To ask their questions in the page takes 0.4 s of CPU time each."""

from typing import Any

from playwright.async_api import Page

from tests.support.foreign_exports import encoded, own, own_file, own_message
from tests.support.stack import Stack


def version(number: int, parent: int | None, text: str) -> dict[str, Any]:
    """A message of an export. Questions have even numbers, replies odd ones."""
    place = None if parent is None else str(parent)
    return own_message(str(number), place, "assistant" if number % 2 else "user", text)


def dialogue(*texts: str) -> list[dict[str, Any]]:
    """Questions and replies, one after the other."""
    return [version(number, number - 1 if number else None, text) for number, text in enumerate(texts)]


async def keep(page: Page, stack: Stack, messages: list[dict[str, Any]], **more: Any) -> str:
    """Import a conversation for the page's user, with the last message shown. Returns its address.

    `more`: fields of the session, as its title.
    """
    request, api = page.context.request, f"{stack.url}/api"
    await request.get(f"{api}/me")  # gives a new user an identity
    answer = await request.post(f"{api}/me/import", data=encoded(own_file(own(*messages, **more))))
    assert '"imported": 1' in await answer.text(), await answer.text()
    (session,) = (await (await request.get(f"{api}/chat/sessions")).json())["sessions"]
    return f"{stack.url}/s/{session['session_id']}"
