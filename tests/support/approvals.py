"""Questions to the user about calls of tools, for tests."""

from typing import Any

from chat.asks import Ask

FORM: dict[str, Any] = {"type": "object", "properties": {"name": {"type": "string"}}, "required": ["name"]}


def ask(index: int = 0, arguments: str = '{"path":"/tmp/a"}', name: str = "delete_file") -> Ask:
    """Whether a tool may be called."""
    return Ask(id=str(index), index=index, kind="call", state="asked", server="files", name=name, arguments=arguments)


def form(index: int = 0, number: int = 1) -> Ask:
    """What a tool wants to know."""
    about = ask(index).model_dump() | {
        "id": f"{index}.{number}",
        "kind": "input",
        "message": "Your name?",
        "form": FORM,
    }
    return Ask.model_validate(about)
