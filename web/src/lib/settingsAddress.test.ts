import { expect, it } from "vitest";
import { closeSettings, openSettings, sectionAt } from "./settingsAddress";

it.each([
  ["", null],
  ["#other", null],
  ["#settings", "general"],
  ["#settings/data", "data"],
  ["#settings/tools", "tools"],
  ["#settings/nonsense", "general"],
])("names the part of the settings of %s", (fragment, section) => {
  expect(sectionAt(fragment)).toBe(section);
});

it("adds one entry to the history, whatever parts are shown", () => {
  const before = history.length;
  openSettings();
  openSettings("personas");
  expect([location.hash, history.length - before]).toEqual(["#settings/personas", 1]);
});

it("leaves the page of a link that began with the settings", () => {
  history.replaceState(null, "", "/#settings/data");
  closeSettings();
  expect(location.hash).toBe("");
});
