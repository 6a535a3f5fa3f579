import { beforeEach, describe, expect, it, vi } from "vitest";
import type { History, Message } from "../api/schemas";
import { readBranch } from "./readBranch";

const message = (n: number, branch = "a"): Message => ({
  id: `${n}-${branch}`,
  parent_id: `${n - 1}-${branch}`,
  role: n % 2 ? "assistant" : "user",
  content: "",
  timestamp: n,
});
const range = (from: number, to: number, branch?: string) =>
  Array.from({ length: to - from }, (_, index) => message(from + index, branch));
const page = (from: number, to: number, branch?: string): History => ({
  session_id: "s",
  title: "",
  role: "assistant",
  messages: range(from, to, branch),
  total: to,
  has_more: from > 0,
  trimmed: false,
  waiting: [],
  paused: false,
  active_turn: null,
});

const asked: (string | null)[] = [];
let pages: History[];

beforeEach(() => {
  asked.length = 0;
  vi.stubGlobal("fetch", async (url: string) => {
    asked.push(new URL(url, "http://host").searchParams.get("before"));
    const next = pages.shift();
    return next ? Response.json(next) : new Response("{}", { status: 404 });
  });
});

describe("readBranch", () => {
  it("reads a single page where the page has one of its messages, or none at all", async () => {
    pages = [page(50, 100), page(50, 100)];
    await readBranch("s", range(40, 60));
    await readBranch("s", []);
    expect(asked).toEqual([null, null]);
  });

  it("reads on down to the messages that the page has", async () => {
    const forked = page(60, 100, "b");
    pages = [page(150, 200, "b"), page(100, 150, "b"), forked];
    forked.messages[0] = { ...message(60, "b"), parent_id: "59-a" };
    const read = await readBranch("s", range(40, 90));
    expect(asked).toEqual([null, "150-b", "100-b"]);
    expect(read.messages).toHaveLength(140);
    expect(read.has_more).toBe(true);
  });

  it("goes on with what was read where a page cannot be read", async () => {
    pages = [page(150, 200, "b")];
    const read = await readBranch("s", range(40, 90));
    expect(asked).toHaveLength(2);
    expect(read.messages).toHaveLength(50);
  });
});
