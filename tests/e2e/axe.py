"""Runs axe-core in the page to find violations of WCAG 2.2 AA that a program can detect."""

from pathlib import Path
from typing import Any

from playwright.async_api import Page

AXE = Path(__file__).parents[2] / "web" / "node_modules" / "axe-core" / "axe.min.js"
LEVELS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
WHOLE = ["bypass", "document-title", "landmark-one-main", "page-has-heading-one"]
"""Rules that axe can check on a whole page only."""
RUN = """async ([options, onlyChanged, whole]) => {
  const changed = window.changedSinceAxe();
  if (onlyChanged && !changed.length) return [];
  const run = (context, given) => axe.run(context, { resultTypes: ["violations"], ...given });
  const results = onlyChanged
    ? [await run({ include: changed }, options), await run(document, { runOnly: { type: "rule", values: whole } })]
    : [await run(document, options)];
  return results.flatMap(({ violations }) => violations).flatMap(({ id, nodes }) =>
    nodes.map(({ target, failureSummary }) => `${id}: ${target} (${failureSummary.split("\\n")[1]?.trim()})`));
}"""
WATCH = """() => {
  const changed = new Set();
  const note = (records) => {
    for (const { target } of records) {
      const element = target instanceof Element ? target : target.parentElement;
      changed.add(element === document.documentElement ? document.body : element);
    }
  };
  const observer = new MutationObserver(note);
  observer.observe(document, { subtree: true, childList: true, attributes: true, characterData: true });
  window.changedSinceAxe = () => {
    note(observer.takeRecords());
    const all = [...changed].filter((one) => one?.isConnected && document.body.contains(one));
    changed.clear();
    return all.filter((one) => !all.some((other) => other !== one && other.contains(one)));
  };
}"""


async def violations(page: Page, *rules: str, only_changed: bool = False) -> list[str]:
    """One line for each element that breaks a rule. With `rules`, only these are checked.

    With `only_changed`, those parts of the loaded page are checked in which an element was changed since the last call,
    and the rules for the page as a whole if there is one.
    """
    if not await page.evaluate("() => 'axe' in window"):
        await page.evaluate(AXE.read_text("utf-8"))
        await page.evaluate(WATCH)
        only_changed = False
    only: dict[str, Any] = {"type": "rule", "values": list(rules)} if rules else {"type": "tag", "values": LEVELS}
    options = {"runOnly": only, **({} if rules else {"rules": EXTRA})}
    return list(await page.evaluate(RUN, [options, only_changed, WHOLE]))


EXTRA = {"target-size": {"enabled": True}}
"""Rules that axe does not check by default."""
