"""Only the Lua files run inside Redis: values reach them as keys and arguments only."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from chat.scripts import INCLUDE

ROOT = Path(__file__).parents[2]
PACKAGES = ("chat", "api", "worker")
RUNS_LUA = {"eval", "evalsha", "eval_ro", "evalsha_ro", "register_script", "script_load", "fcall", "function_load"}

FORWARDER = "chat/store/cluster.py"
"""The module that forwards any command to the nodes."""


@cache
def calls() -> list[tuple[str, ast.Call, str]]:
    """Returns the calls of all packages: the file, the call, and the name of what is called."""
    return list(found_calls())


def found_calls() -> Iterator[tuple[str, ast.Call, str]]:
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                if isinstance(node, ast.Call):
                    name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
                    yield str(path.relative_to(ROOT)), node, name


def test_only_the_script_module_runs_lua_and_from_files() -> None:
    assert [(path, ast.unparse(node)) for path, node, name in calls() if name in RUNS_LUA] == []
    assert [(path, ast.unparse(node.args[1])) for path, node, name in calls() if runs_lua(node, name)] == [
        ("chat/store/script.py", "self._sha"),
        ("chat/store/script.py", "self._source"),
    ]
    sources = [ast.unparse(node) for path, node, name in calls() if path == "chat/store/script.py" and name == "source"]
    assert sources == ["source(name)"]


def runs_lua(node: ast.Call, name: str) -> bool:
    command = node.args[0] if name == "execute_command" else None
    return isinstance(command, ast.Constant) and str(command.value).lower() in RUNS_LUA


def test_every_file_is_a_script_with_a_constant_name() -> None:
    names = list[str]()
    for path, node, name in calls():
        if name == "Script":
            assert isinstance(node.args[0], ast.Constant), path
            names.append(str(node.args[0].value))
    files = {file.stem: file.read_text("utf-8") for file in (ROOT / "chat" / "scripts").glob("*.lua")}
    included = {name for text in files.values() for name in INCLUDE.findall(text)}
    assert sorted(names) == sorted(files.keys() - included)
    assert included < files.keys()


def test_every_command_name_is_a_constant() -> None:
    for path, node, name in calls():
        if name == "execute_command" and path != FORWARDER:
            assert isinstance(node.args[0], ast.Constant), path
