"""What runs inside Redis is what the Lua files say: values reach it as keys and arguments only."""

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
ROOMS = ("chat", "api", "worker")
RUNS_LUA = {"eval", "evalsha", "eval_ro", "evalsha_ro", "register_script", "script_load", "fcall", "function_load"}

PASSES_ON = "chat/store/cluster.py"
"""It sends commands on to the nodes, whatever they are."""


def calls() -> Iterator[tuple[str, ast.Call, str]]:
    for room in ROOMS:
        for path in sorted((ROOT / room).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                if isinstance(node, ast.Call):
                    name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
                    yield str(path.relative_to(ROOT)), node, name


def test_lua_is_run_in_one_place_only_and_from_the_files() -> None:
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


def test_every_script_is_named_by_a_constant_and_there() -> None:
    named = [(path, node.args[1]) for path, node, name in calls() if name == "Script"]
    assert len(named) > 10
    for path, name in named:
        assert isinstance(name, ast.Constant), path
        assert isinstance(name.value, str), path
        assert (ROOT / "chat" / "scripts" / f"{name.value}.lua").is_file(), path


def test_no_command_is_put_together_from_text() -> None:
    for path, node, name in calls():
        if name == "execute_command" and path != PASSES_ON:
            assert isinstance(node.args[0], ast.Constant), path
