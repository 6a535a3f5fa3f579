import { act, screen, waitFor } from "@testing-library/react";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { Markdown } from "../markdown/Markdown";
import { FakeEventSource } from "../testing/fakeEventSource";
import { LivePage, ROLE } from "../testing/LivePage";
import { render } from "../testing/render";

/** The text of each block that was parsed as Markdown, once per parsing. */
const reads = vi.hoisted(() => [] as string[]);
vi.mock("../markdown/MarkdownBlock", () => ({
  MarkdownBlock: ({ text }: { text: string }) => {
    reads.push(text);
    return <p>{text}</p>;
  },
}));

/** One entry for each rendering of a row's actions. */
const rows = vi.hoisted(() => [] as string[]);
vi.mock("./Byline", () => ({
  Byline: ({ name }: { name: string }) => {
    rows.push(name);
    return null;
  },
}));

/** One entry for each rendering of a card of a call. */
const cards = vi.hoisted(() => [] as string[]);
vi.mock("./tools/StateLabel", () => ({
  StateIcon: ({ state }: { state: string }) => {
    cards.push(state);
    return null;
  },
  StateLabel: () => null,
  ProgressLine: () => null,
}));

const PARAGRAPHS = 50;
const OLD = "an old reply";
const MESSAGES = Array.from({ length: 40 }, (_, number) => ({
  id: `m${number}`,
  role: number % 2 ? "assistant" : "user",
  content: number % 2 ? `${OLD} ${number}` : "a question",
  timestamp: number,
  turn_id: `s.${number >> 1}`,
  finish_reason: number % 2 ? "stop" : null,
}));
const PAGE = { total: 40, has_more: false, trimmed: false, waiting: [], paused: false };
const HISTORY = { session_id: "s", title: "", role: ROLE, messages: MESSAGES, ...PAGE };

let pages = 0;

const countPage = () => {
  pages += 1;
};

beforeEach(() => {
  reads.length = 0;
  FakeEventSource.all = [];
  vi.stubGlobal("EventSource", FakeEventSource);
});

describe("a growing reply", () => {
  it("has its last block read again with each delta, and no other", () => {
    const { rerender } = render(<Markdown text="" partial streaming />);
    let text = "";
    let deltas = 0;
    for (let number = 0; number < PARAGRAPHS; number++)
      for (const delta of [`paragraph ${number} `, "goes on", "\n\n"]) {
        text += delta;
        deltas += 1;
        rerender(<Markdown text={text} partial streaming />);
      }
    expect(reads.length).toBeGreaterThan(PARAGRAPHS);
    expect(reads.length).toBeLessThanOrEqual(2 * deltas);
  });

  it("has nothing read where there is only a blank line between two blocks", () => {
    render(<Markdown text={"```\ncode\n```\n\nwords\n\n```\ncode\n```\n\n"} />);
    expect(reads.map((text) => text.trim())).toEqual(["words"]);
  });

  it("renders neither the page nor the messages before it", async () => {
    vi.stubGlobal("fetch", async () => Response.json({ ...HISTORY, active_turn: "s.20" }));
    render(<LivePage onRender={countPage} />);
    await waitFor(() => expect(FakeEventSource.all).toHaveLength(1));
    await screen.findByText(`${OLD} 39`);
    act(() => FakeEventSource.last.open());
    act(() => FakeEventSource.last.say(1, { type: "start", session_id: "s", turn_id: "s.20" }));
    act(() => FakeEventSource.last.say(2, { type: "chunk", content: "first words" }));
    await screen.findByText("first words");
    reads.length = 0;
    rows.length = 0;
    const before = pages;
    act(() => FakeEventSource.last.say(3, { type: "chunk", content: " and more" }));
    await screen.findByText("first words and more");
    expect(reads.filter((text) => text.startsWith(OLD))).toEqual([]);
    expect(pages).toBe(before);
    expect(rows).toHaveLength(1);
  });

  it("renders neither the cards nor the texts of its earlier steps", async () => {
    vi.stubGlobal("fetch", async () => Response.json({ ...HISTORY, active_turn: "s.20" }));
    render(<LivePage onRender={countPage} />);
    await waitFor(() => expect(FakeEventSource.all).toHaveLength(1));
    act(() => FakeEventSource.last.open());
    const call = { type: "tool_call", index: 0, id: "c", name: "look", server: "docs" };
    const result = { type: "tool_result", index: 0, status: "ok", content: "found" };
    [
      { type: "start", session_id: "s", turn_id: "s.20" },
      { type: "chunk", content: "a first step" },
      call,
      { type: "step", index: 0 },
      { type: "tool_start", index: 0 },
      result,
      { type: "chunk", content: "\n\n" },
      { type: "chunk", content: "and then" },
    ].forEach((event, at) => {
      act(() => FakeEventSource.last.say(at + 1, event));
    });
    await screen.findByText("and then");
    await waitFor(() => expect(cards.at(-1)).toBe("ok"));
    for (const seen of [reads, rows, cards]) seen.length = 0;
    act(() => FakeEventSource.last.say(9, { type: "chunk", content: " more" }));
    await screen.findByText("and then more");
    expect(reads).not.toContain("a first step");
    expect(cards).toEqual([]);
    expect(rows).toHaveLength(1);
  });
});
