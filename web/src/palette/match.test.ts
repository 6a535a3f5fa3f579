import { describe, expect, it } from "vitest";
import { match } from "./match";

const marked = (query: string, name: string) =>
  match(query, name)?.ranges.map(([begin, end]) => name.slice(begin, end));
const score = (query: string, name: string, others: string[] = []) =>
  match(query, name, others)?.score ?? 0;

describe("match", () => {
  it.each([
    ["new", "New chat", ["New"]],
    ["chat", "New chat", ["chat"]],
    ["nc", "New chat", ["N", "c"]],
    ["nech", "New chat", ["Ne", "ch"]],
    ["chat new", "New chat", ["New", "chat"]],
    ["resume", "My Résumé", ["Résumé"]],
    ["ＡＢＣ", "abc", ["abc"]],
    ["对话", "新对话", ["对话"]],
    ["新话", "新对话", ["新", "话"]],
    ["redis 队列", "用 Redis 做消息队列", ["Redis", "队列"]],
    ["😀", "a 😀 b", ["😀"]],
  ])("finds %s in %s", (query, name, parts) => {
    expect(marked(query, name)).toEqual(parts);
  });

  it.each([
    ["nwc", "New chat"],
    ["cn", "New chat"],
    ["话新", "新对话"],
    ["new chut", "New chat"],
    ["et", "New text chat ends"],
  ])("does not find %s in %s", (query, name) => {
    expect(match(query, name)).toBeNull();
  });

  it("ranks the whole name, its beginning, a word, a part, then pieces", () => {
    const scores = [
      score("theme", "Theme"),
      score("the", "Theme"),
      score("the", "Switch theme"),
      score("hem", "Switch theme"),
      score("swth", "Switch theme"),
      score("colour", "Switch theme", ["colours"]),
    ];
    expect(scores).toEqual([...scores].sort((a, b) => b - a));
    expect(new Set(scores).size).toBe(scores.length);
  });

  it("looks for each word in the other names too", () => {
    expect(score("主题 switch", "Switch theme", ["切换主题"])).toBeGreaterThan(0);
    expect(match("主题 chat", "Switch theme", ["切换主题"])).toBeNull();
  });

  it("fits everything if the query is empty", () => {
    expect(match(" ", "New chat")).toEqual({ score: 0, ranges: [] });
  });

  it("ends for a name and a query of one letter repeated", () => {
    expect(match(`${"a".repeat(23)}b`, "a ".repeat(100))).toBeNull();
  });
});
