import { cleanup, fireEvent, screen } from "@testing-library/react";
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import type { Locale } from "../i18n/catalogue";
import { loadMarkdown } from "../markdown/LazyMarkdown";
import type { Step } from "../state/calls";
import type { ReplyEntry } from "../state/entries";
import { render } from "../testing/render";
import { Busy, busyStore } from "./busy";
import { ReplyView } from "./ReplyView";
import { ContinueButton } from "./replies/ContinueButton";
import { ReplyStepsContext } from "./replies/replySteps";
import { loadTools } from "./tools/LazyTools";

beforeAll(loadMarkdown);
beforeAll(loadTools);

const NOW = Date.UTC(2026, 0, 1);

beforeEach(() => void vi.useFakeTimers({ toFake: ["Date"], now: NOW }));
afterEach(() => void vi.useRealTimers());

const base: ReplyEntry = {
  kind: "reply",
  key: "r",
  id: "a1",
  text: "",
  previous: "",
  thinking: "",
  calls: [],
  steps: [],
  turnId: null,
  phase: "done",
  finishReason: "stop",
  fault: null,
  position: 0,
  worker: null,
  retry: null,
  asked: null,
  standIn: null,
  restarts: 0,
  resuming: false,
  connected: true,
  refusal: null,
  persona: null,
  latest: true,
  lastEventAt: 0,
  thinkingSince: null,
  thinkingSeconds: null,
  message: null,
  versions: null,
  replaced: false,
};
const retry = (wait: number, model: string | null = null, failed: string | null = null) => ({
  reason: "model_timeout",
  due: NOW + wait,
  model,
  failed,
});
const STORED = { id: "a1", role: "assistant", content: "a", timestamp: 1 } as const;

function show(more: Partial<ReplyEntry>, locale: Locale = "en", busy = false) {
  const onAgain = vi.fn();
  const branches = { show: vi.fn(), reveal: vi.fn(), remove: vi.fn() };
  const entry = { ...base, ...more };
  const props = { entry, name: "A", onAgain, branches, next: null };
  render(
    <Busy value={busyStore(busy)}>
      <ReplyView {...props} />
    </Busy>,
    locale,
  );
  return { onAgain, branches, entry, reply: screen.getByTestId("message") };
}

const CALL = { id: "1", name: "look", arguments: "{}", server: "docs", started: true } as const;
const STEP: Step = {
  content: "First.",
  complete: true,
  calls: [{ ...CALL, status: "ok", content: "found", asked: [], progress: null, since: null }],
};

describe("ReplyView", () => {
  it("shows texts and calls of tool servers in their order, and copies the text alone", () => {
    const copied = vi.fn(async () => undefined);
    vi.stubGlobal("navigator", { ...navigator, clipboard: { writeText: copied } });
    const { reply } = show({ text: "First.\n\nThen.", steps: [STEP] });
    const parts = [...reply.querySelectorAll(".markdown, .tool-head b, .tool-group")];
    const order = parts.map((part) => (part.matches(".tool-group") ? "calls" : part.textContent));
    expect(order).toEqual(["First.", "calls", "look", "Then."]);
    fireEvent.click(screen.getByTestId("copy"));
    expect(copied).toHaveBeenCalledWith("First.\n\nThen.");
  });

  const ASKED = { id: "0", index: 0, kind: "call", state: "asked" } as const;
  it.each([
    ["tool", []],
    ["person", [ASKED]],
  ])("does not wonder about silence while a reply waits for a %s", (_what, asked) => {
    const steps = [{ ...STEP, calls: [{ ...CALL, asked, progress: null, since: null }] }];
    const late = { lastEventAt: NOW - 60_000, id: null, turnId: "s.1" };
    show({ text: "First.", phase: "streaming", steps, ...late });
    expect(screen.queryByTestId("silence")).toBeNull();
  });

  it("goes on after calls of tools only where the last text was cut", () => {
    const steps = {
      personas: {},
      againWith: vi.fn(),
      goOn: vi.fn(),
      vote: vi.fn(),
    };
    const offered = (more: Partial<ReplyEntry>) => {
      cleanup();
      render(
        <ReplyStepsContext value={steps}>
          <ContinueButton entry={{ ...base, steps: [STEP], ...more }} busy={false} />
        </ReplyStepsContext>,
      );
      return screen.queryByTestId("continue") !== null;
    };
    expect(offered({ text: "First.\n\nThen", finishReason: "length" })).toBe(true);
    expect(offered({ text: "First.", finishReason: "length" })).toBe(false);
    const stopped = { phase: "stopped", finishReason: "cancelled" } as const;
    expect(offered({ text: "First.\n\nThen", ...stopped })).toBe(false);
  });

  it("shows a line for each call of a tool, its arguments folded", () => {
    const calls = [
      { id: "1", name: "weather", arguments: '{"city":"<b>Bern"}' },
      { id: "2", name: "time", arguments: '{"not json' },
      { id: "3", name: "now", arguments: "" },
    ];
    const { reply } = show({ calls, finishReason: "tool_calls" });
    const lines = screen.getAllByTestId("tool-call");
    expect(lines.map((line) => line.querySelector("summary")?.textContent)).toEqual([
      "Tool call: weather",
      "Tool call: time",
      "Tool call: now",
    ]);
    expect(lines[0]?.querySelector("pre")?.textContent).toBe('{\n  "city": "<b>Bern"\n}');
    expect(lines[1]?.querySelector("pre")?.textContent).toBe('{\n  "not json');
    expect(lines[2]?.textContent).toContain("Without arguments");
    expect(reply.querySelector("b, .failure")).toBeNull();
  });

  it.each([
    [{ phase: "queued", position: 3 }, "In the queue, 3 ahead"],
    [{ phase: "thinking" }, "Thinking"],
    [{ phase: "restarted" }, "starts again"],
    [{ phase: "retrying", retry: retry(4_000) }, "in 4 s"],
    [{ phase: "retrying", retry: retry(0, "b"), asked: "a" }, "a did not answer, asking b."],
    [{ phase: "retrying", retry: retry(0, "c", "b"), asked: "a" }, "b did not answer, asking c."],
    [{ phase: "retrying", retry: retry(0, "b") }, "The model did not answer, asking b."],
    [{ phase: "done", text: "x", asked: "a", standIn: "b" }, "b answered, because a did not"],
    [{ phase: "thinking", worker: "awaited" }, "Waiting for a worker"],
    [{ phase: "queued", worker: "awaited", position: 3 }, "In the queue, 3 ahead"],
    [{ phase: "streaming", text: "a", worker: "absent" }, "No worker is running"],
    [{ phase: "stopped", text: "half" }, "Stopped"],
    [{ phase: "stopped" }, "Stopped before"],
    [{ phase: "done", text: "a", finishReason: "length" }, "length limit"],
  ] satisfies [Partial<ReplyEntry>, string][])("says %o", (more, words) => {
    const { reply } = show(more);
    expect(reply.textContent).toContain(words);
    expect(reply.dataset.state).toBe(more.phase);
  });

  it("says below the text that another worker goes on, and leaves the text as it was", () => {
    const { reply } = show({ phase: "streaming", text: "**half** a", resuming: true });
    expect(screen.getByTestId("resuming").closest(".actions")).toBeTruthy();
    expect(reply.querySelector(".markdown")?.textContent).toBe("half a");
    expect(reply.querySelector(".bubble .status")).toBeNull();
  });

  it("shows the lost text, greyed, while the next attempt has less", () => {
    const { reply } = show({ phase: "streaming", text: "new", previous: "the **old** text" });
    expect(reply.querySelector(".markdown.lost")?.textContent).toBe("the old text");
    expect(reply.textContent).not.toContain("new");
    expect(reply.querySelector(".caret")).toBeNull();
  });

  it("gives the reason of a failure in the reader's language, and retries", () => {
    const fault = { code: "model_quota", detail: "Quota exceeded.", retryable: false };
    const { reply, onAgain, entry } = show({ phase: "failed", text: "half", fault }, "zh-CN");
    expect(reply.textContent).toContain("额度已用完");
    expect(reply.textContent).toContain("half");
    fireEvent.click(screen.getByTestId("retry"));
    expect(onAgain).toHaveBeenCalledWith(entry);
  });

  it("falls back to the server's sentence for a code it does not know", () => {
    const fault = { code: "brand_new", detail: "Something new happened.", retryable: true };
    expect(show({ phase: "failed", fault }).reply.textContent).toContain("Something new happened.");
  });

  it("offers neither copy nor regenerate while text is coming", () => {
    show({ phase: "streaming", text: "a" });
    expect(screen.queryByTestId("copy")).toBeNull();
    expect(screen.queryByTestId("regenerate")).toBeNull();
  });

  it("regenerates every stored reply, but not while another one runs", () => {
    const { onAgain, entry } = show({ text: "a", latest: false });
    fireEvent.click(screen.getByTestId("regenerate"));
    expect(onAgain).toHaveBeenCalledWith(entry);
    cleanup();
    show({ text: "a", latest: false }, "en", true);
    expect(screen.queryByTestId("regenerate")).toBeNull();
    cleanup();
    show({ text: "a", latest: false, id: null });
    expect(screen.queryByTestId("regenerate")).toBeNull();
  });

  it("offers a version that was stopped before its first word to be asked again", () => {
    const { reply, onAgain, entry } = show({ phase: "stopped", latest: false });
    expect(reply.textContent).toContain("Stopped before");
    fireEvent.click(screen.getByTestId("retry"));
    expect(onAgain).toHaveBeenCalledWith(entry);
    expect(screen.queryByTestId("regenerate")).toBeNull();
  });

  it("shows the other versions by the arrows of its own id", () => {
    const versions = { index: 1, count: 3, ids: ["a0", "a1", "a2"] };
    const { branches } = show({ text: "a", versions });
    fireEvent.click(screen.getByTestId("next-version"));
    expect(branches.show).toHaveBeenCalledWith("a1", "a2", 1);
  });

  it("deletes a stored reply after a confirmation that mentions its other versions", () => {
    const versions = { index: 0, count: 2, ids: ["a1", "a2"] };
    const { branches } = show({ text: "a", message: STORED, versions });
    fireEvent.click(screen.getByTestId("remove"));
    expect(screen.getByRole("dialog").textContent).toContain("Other versions of this reply stay");
    expect(branches.remove).not.toHaveBeenCalled();
    fireEvent.click(screen.getByTestId("confirm"));
    expect(branches.remove).toHaveBeenCalledWith("a1");
  });

  it.each([
    ["streaming", true],
    ["thinking", true],
    ["queued", false],
    ["done", false],
  ] as const)("while %s, says that nothing came for long: %s", (phase, said) => {
    show({ phase, text: "a", lastEventAt: Date.now() - 20_000 });
    expect(screen.queryByTestId("silence") !== null).toBe(said);
  });

  it.each([{ connected: false }, { worker: "absent" }] satisfies Partial<ReplyEntry>[])(
    "does not blame the model for a silence with %o",
    (more) => {
      show({ phase: "streaming", text: "a", lastEventAt: Date.now() - 20_000, ...more });
      expect(screen.queryByTestId("silence")).toBeNull();
    },
  );

  it("does not speak of silence while words come", () => {
    show({ phase: "streaming", text: "a", lastEventAt: Date.now() });
    expect(screen.queryByTestId("silence")).toBeNull();
  });

  it("tells how long the model thought, to the second", () => {
    show({ text: "a", thinking: "hm", thinkingSeconds: 12.4 });
    expect(screen.getByTestId("thinking").textContent).toContain("Thought for 12 s");
  });

  it("tells how long the model has been thinking", () => {
    show({ phase: "thinking", thinking: "hm", thinkingSince: Date.now() - 5_200 });
    expect(screen.getByTestId("thinking").textContent).toContain("Thinking · 5 s");
  });

  it.each([
    ["队列会信守承诺。", "zh-CN"],
    ["A queue keeps its promises.", "en"],
  ])("marks the language of %o", (text, lang) => {
    const { reply } = show({ text });
    expect(reply.querySelector(".markdown")?.getAttribute("lang")).toBe(lang);
  });

  it("keeps thoughts folded", () => {
    show({ text: "a", thinking: "hm" });
    expect(screen.getByTestId("thinking").hasAttribute("open")).toBe(false);
  });
});
