import { describe, expect, it } from "vitest";
import { changedTags, commonTags, suggestionsFor, tagOf, withMarks } from "./marks";

const marks = (tags: string[], more = {}) => ({ pinned: false, archived: false, tags, ...more });

describe("marks", () => {
  it("exclude each other: pinned and archived", () => {
    expect(withMarks(marks([], { pinned: true }), { archived: true })).toEqual(
      marks([], { archived: true }),
    );
    expect(withMarks(marks([], { archived: true }), { pinned: true })).toEqual(
      marks([], { pinned: true }),
    );
  });

  it("have the tags that all sessions share", () => {
    expect(commonTags([marks(["b", "a"]), marks(["a", "c", "b"]), marks(["b"])])).toEqual(["b"]);
    expect(commonTags([])).toEqual([]);
  });

  it("add and remove tags within the limit", () => {
    expect(changedTags(["a", "b"], ["c", "a"], ["b"])).toEqual(["a", "c"]);
    expect(changedTags(["1", "2", "3", "4", "5", "6", "7", "8"], ["9"], [])).toHaveLength(8);
  });

  it.each([
    ["  two   words ", "two words"],
    ["WORK", "Work"],
    ["x".repeat(40), "x".repeat(30)],
    ["😀".repeat(40), "😀".repeat(30)],
    ["   ", ""],
  ])("read %o as the tag %o", (text, tag) => expect(tagOf(text, ["Work"])).toBe(tag));

  it("suggest known tags that are free, beginnings first", () => {
    expect(suggestionsFor("o", ["work", "Over", "home", "x"], ["home"])).toEqual(["Over", "work"]);
  });
});
