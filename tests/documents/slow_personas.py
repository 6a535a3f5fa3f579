"""docs/guides/personas.md: the file of personas and the setting that it shows."""

from pathlib import Path

from tests.documents import blocks
from tests.documents.table import Record
from tests.support.databases import database
from tests.support.stack import run_stack

FILE, SETTING = (block for block in blocks.of("docs/guides/personas.md") if block.argument.endswith("slow_personas.py"))


async def test_the_personas_of_the_guide_are_offered(redis_url: str, tmp_path: Path, record: Record) -> None:
    (tmp_path / "my-personas.toml").write_text(FILE.code, "utf-8")
    (tmp_path / ".env").write_text(SETTING.code, "utf-8")
    async with run_stack(database(redis_url), tmp_path) as stack, stack.client() as user:
        roles = (await user.http.get("/roles", headers={"Accept-Language": "en"})).json()["roles"]
        assert list(roles) == ["assistant", "cook"]
        session_id = await user.start()
        turn_id = await user.ask(session_id, "What can I cook with rice?", role="cook")
        await user.follow(turn_id)
        (exchange,) = stack.model.asked("What can I cook with rice?")
    assert exchange.body["messages"][0]["content"].startswith("You suggest recipes")
    record(FILE, "-", 0, f"roles: {', '.join(roles)}")
    record(SETTING, "-", 0, "read from a .env")
