import { describe, expect, it } from "vitest";
import type { SharedMessage, SharedPart } from "../api/schemas";
import { isContinued, NOTHING, partsOf, reduceShared, type Shared } from "./shared";

const message = (id: string): SharedMessage => ({
  id,
  role: "user",
  content: `text of ${id}`,
  timestamp: 0,
  model: null,
  finish_reason: null,
  files: [],
  steps: [],
});

const part = (ids: string, more: Partial<SharedPart> = {}): SharedPart => ({
  title: "Title",
  kind: "live",
  created_at: 7,
  messages: [...ids].map(message),
  has_more: false,
  is_running: false,
  ...more,
});

const newest = (state: Shared, ids: string, more: Partial<SharedPart> = {}) =>
  reduceShared(state, { type: "newest", part: part(ids, more) });
const idsOf = ({ messages }: Shared) => messages.map(({ id }) => id).join("");
const fault = (code: string) => ({ code, detail: "", retryable: true });

describe("what a share link shows", () => {
  it("is there once it is loaded", () => {
    const state = newest(NOTHING, "ab", { has_more: true, is_running: true });
    expect(state).toMatchObject({ phase: "ready", title: "Title", kind: "live", createdAt: 7 });
    expect(state).toMatchObject({ earlier: true, running: true });
    expect(idsOf(state)).toBe("ab");
  });

  it("keeps earlier messages when newer ones come", () => {
    const first = newest(NOTHING, "cd", { has_more: true });
    const asked = reduceShared(first, { type: "earlierAsked" });
    expect(asked.loadingEarlier).toBe("loading");
    const all = reduceShared(asked, { type: "earlier", before: "c", part: part("ab") });
    expect(all).toMatchObject({ earlier: false, loadingEarlier: "no" });
    const later = newest(all, "cde", { has_more: true });
    expect(idsOf(later)).toBe("abcde");
    expect(later.earlier).toBe(false);
  });

  it("is the same list while nothing is added", () => {
    const state = newest(NOTHING, "ab");
    expect(newest(state, "ab").messages).toBe(state.messages);
    expect(newest(state, "ab", { is_running: true }).running).toBe(true);
  });

  it("loses messages that were deleted", () => {
    expect(idsOf(newest(newest(NOTHING, "abcd"), "ab"))).toBe("ab");
    expect(idsOf(newest(newest(NOTHING, "ab"), ""))).toBe("");
  });

  it("is read anew where the few newest messages do not tell what is between", () => {
    expect(isContinued(part("cd", { has_more: true }), "c")).toBe(true);
    expect(isContinued(part("ef", { has_more: true }), "c")).toBe(false);
    expect(isContinued(part("ab"), "c")).toBe(true);
  });

  it("is replaced where another branch is shown", () => {
    expect(idsOf(newest(newest(NOTHING, "abcd"), "abx"))).toBe("abx");
    const other = newest(newest(NOTHING, "cd"), "xy", { has_more: true });
    expect(idsOf(other)).toBe("xy");
    expect(other.earlier).toBe(true);
  });

  it("does not take earlier messages of another branch", () => {
    const state = newest(newest(NOTHING, "cd", { has_more: true }), "xy", { has_more: true });
    const late = reduceShared(state, { type: "earlier", before: "c", part: part("ab") });
    expect(idsOf(late)).toBe("xy");
  });

  it("is gone with its link", () => {
    const state = reduceShared(newest(NOTHING, "ab"), {
      type: "failed",
      fault: fault("unknown_share"),
    });
    expect(state).toMatchObject({ phase: "gone", title: "", messages: [] });
  });

  it("stays where the server cannot be reached", () => {
    const state = newest(NOTHING, "ab");
    expect(reduceShared(state, { type: "failed", fault: fault("network") })).toBe(state);
    const failed = reduceShared(NOTHING, { type: "failed", fault: fault("network") });
    expect(failed.phase).toBe("failed");
    expect(reduceShared(failed, { type: "again" })).toBe(NOTHING);
  });

  it("says that earlier messages could not be loaded", () => {
    const state = newest(NOTHING, "ab", { has_more: true });
    expect(reduceShared(state, { type: "earlierFailed" }).loadingEarlier).toBe("failed");
  });
});

it("has the texts and calls of a reply in the order in which they came", () => {
  const calls = [{ title: "Look up", server: "Documents", status: "ok" as const }];
  const reply = message("r");
  expect(partsOf(reply)).toEqual([{ text: "text of r", calls: [] }]);
  const steps = [
    { content: "First.", calls },
    { content: "\n\nThen.", calls },
    { content: "", calls },
  ];
  const content = "First.\n\nThen.\n\nDone.";
  expect(partsOf({ ...reply, content, steps })).toEqual([
    { text: "First.", calls },
    { text: "Then.", calls },
    { text: "", calls },
    { text: "Done.", calls: [] },
  ]);
});
