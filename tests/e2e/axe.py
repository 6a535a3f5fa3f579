"""Runs axe-core in the page to find violations of WCAG 2.2 AA that a program can detect."""

from pathlib import Path
from typing import Any

from playwright.async_api import Page

AXE = Path(__file__).parents[2] / "web" / "node_modules" / "axe-core" / "axe.min.js"
LEVELS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
RUN = """async (options) => {
  const { violations, incomplete } = await axe.run(document, options);
  return violations.flatMap(({ id, nodes }) =>
    nodes.map(({ target, failureSummary }) => `${id}: ${target} (${failureSummary.split("\\n")[1]?.trim()})`));
}"""


async def violations(page: Page, *rules: str) -> list[str]:
    """One line for each element that breaks a rule. With `rules`, only these are checked."""
    if not await page.evaluate("() => 'axe' in window"):
        await page.evaluate(AXE.read_text("utf-8"))
    only: dict[str, Any] = {"type": "rule", "values": list(rules)} if rules else {"type": "tag", "values": LEVELS}
    options = {"runOnly": only, "resultTypes": ["violations"], **({} if rules else {"rules": EXTRA})}
    return list(await page.evaluate(RUN, options))


EXTRA = {"target-size": {"enabled": True}}
"""Rules that axe does not check by default."""
