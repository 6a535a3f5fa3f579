import { describe, expect, it } from "vitest";
import { isAnySet, NOTHING_SET, settingsDraft, settingsFrom, wrongFields } from "./sessionSettings";

const draft = settingsDraft(NOTHING_SET);

describe("settingsFrom", () => {
  it("takes empty fields for nothing", () => {
    expect(settingsFrom({ ...draft, instructions: "  " })).toEqual(NOTHING_SET);
  });

  it("takes a comma for a point", () => {
    expect(settingsFrom({ ...draft, temperature: "0,5" }).temperature).toBe(0.5);
  });
});

describe("wrongFields", () => {
  it.each([
    ["temperature", "2.1"],
    ["temperature", "warm"],
    ["max_tokens", "0"],
    ["max_tokens", "1.5"],
    ["max_tokens", "2001"],
    ["instructions", "i".repeat(8001)],
  ])("names %s where it is %.10s", (field, value) => {
    expect(wrongFields({ ...draft, [field]: value }, 2000)).toEqual([field]);
  });

  it("finds nothing in what can be saved", () => {
    const good = { instructions: "Rhyme.", temperature: "0", max_tokens: "2000" };
    expect(wrongFields(good, 2000)).toEqual([]);
  });
});

it("knows whether something is set, also where that is 0", () => {
  expect([isAnySet(NOTHING_SET), isAnySet({ ...NOTHING_SET, temperature: 0 })]).toEqual([
    false,
    true,
  ]);
});
