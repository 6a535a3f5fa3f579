"""What runs inside Redis is what the Lua files say: values reach it as keys and arguments only."""

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
ROOMS = ("chat", "api", "worker")
RUNS_LUA = {"eval", "evalsha", "eval_ro", "evalsha_ro", "register_script", "script_load", "fcall", "function_load"}


def calls() -> Iterator[tuple[str, ast.Call, str]]:
    for room in ROOMS:
        for path in sorted((ROOT / room).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                if isinstance(node, ast.Call):
                    name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
                    yield str(path.relative_to(ROOT)), node, name


def test_lua_is_run_in_one_place_only_and_from_the_files() -> None:
    found = [(path, ast.unparse(node)) for path, node, name in calls() if name in RUNS_LUA]
    assert found == [
        ("chat/store.py", "store.register_script(source(name))"),
        ("chat/store.py", "self._store.script_load(self._run.script)"),
    ]


def test_every_script_is_named_by_a_constant_and_there() -> None:
    named = [(path, node.args[1]) for path, node, name in calls() if name == "Script"]
    assert len(named) > 10
    for path, name in named:
        assert isinstance(name, ast.Constant), path
        assert isinstance(name.value, str), path
        assert (ROOT / "chat" / "scripts" / f"{name.value}.lua").is_file(), path


def test_no_command_is_put_together_from_text() -> None:
    for path, node, name in calls():
        if name == "execute_command":
            assert isinstance(node.args[0], ast.Constant), path
