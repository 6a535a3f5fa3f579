import { describe, expect, it } from "vitest";
import type { History } from "../api/schemas";
import { asJson, asMarkdown, type ExportWords, fileNameOf } from "./exportSession";

const NOW = new Date(2026, 10, 5, 9, 30);
const words: ExportWords = {
  untitled: "New chat",
  you: "You",
  trimmed: "Older messages are no longer kept.",
  exported: (time) => `Exported ${time}`,
  personaOf: (role) => role.toUpperCase(),
  timeOf: (seconds) => `t${Math.round(seconds)}`,
};
const history: History = {
  session_id: "s",
  title: "On\nRedis",
  role: "assistant",
  messages: [
    { id: "q", role: "user", content: "Why?", timestamp: 1 },
    { id: "a", role: "assistant", content: "# Because\n\n- so", timestamp: 2, persona: "teacher" },
    { id: "b", role: "assistant", content: "more", timestamp: 3 },
  ],
  total: 3,
  has_more: false,
  trimmed: false,
  waiting: [],
  paused: false,
  active_turn: "s.1",
};

describe("asMarkdown", () => {
  it("has the title, who spoke and when, and the words as they were", () => {
    expect(asMarkdown(history, words, NOW)).toBe(
      [
        "# On Redis",
        `_Exported t${NOW.getTime() / 1000}_`,
        "## You · t1",
        "Why?",
        "## TEACHER · t2",
        "# Because",
        "- so",
        "## ASSISTANT · t3",
        "more\n",
      ].join("\n\n"),
    );
  });

  it("says that older messages are missing, and names what has no title", () => {
    const text = asMarkdown({ ...history, title: "", trimmed: true }, words, NOW);
    expect(text).toContain("# New chat\n");
    expect(text).toContain("_Older messages are no longer kept._");
  });
});

describe("asJson", () => {
  it("is the server's own messages, without the moment's state", () => {
    const { active_turn, total, has_more, waiting, paused, ...kept } = history;
    expect(JSON.parse(asJson(history, NOW))).toEqual({ exported_at: NOW.toISOString(), ...kept });
  });
});

describe("fileNameOf", () => {
  it.each([
    ["Redis 持久化", "Redis 持久化 2026-11-05.md"],
    ['a/b\\c: "what?" *now* <x>|', "a b c what now x 2026-11-05.md"],
    ["../../etc/passwd", "etc passwd 2026-11-05.md"],
    ["\u202egnp.exe\u0000\n", "gnp.exe 2026-11-05.md"],
    ["   ", "holdfast 2026-11-05.md"],
    ["🙂".repeat(99), `${"🙂".repeat(60)} 2026-11-05.md`],
  ])("of %j is %s", (title, name) => expect(fileNameOf(title, NOW, "md")).toBe(name));
});
