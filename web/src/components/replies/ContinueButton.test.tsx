import { cleanup, fireEvent, screen } from "@testing-library/react";
import { expect, it, vi } from "vitest";
import type { ReplyEntry } from "../../state/entries";
import { render } from "../../testing/render";
import { ReplyStatus } from "../ReplyStatus";
import { ContinueButton } from "./ContinueButton";
import { ReplyStepsContext } from "./replySteps";

const CUT = {
  id: "a1",
  text: "one two",
  thinking: "",
  calls: [] as ReplyEntry["calls"],
  steps: [] as ReplyEntry["steps"],
  phase: "done",
  finishReason: "length",
  latest: true,
  replaced: false,
} as ReplyEntry;

function show(more: Partial<ReplyEntry> = {}, busy = false) {
  const steps = { personas: {}, againWith: vi.fn(), goOn: vi.fn(), vote: vi.fn() };
  const entry = { ...CUT, ...more };
  render(
    <ReplyStepsContext value={steps}>
      <ContinueButton entry={entry} busy={busy} />
    </ReplyStepsContext>,
  );
  return { steps, entry, button: screen.queryByTestId("continue") };
}

it.each([
  {},
  { phase: "stopped", finishReason: "cancelled" },
  { phase: "failed", finishReason: "error" },
] satisfies Partial<ReplyEntry>[])(
  "offers to go on with a reply that stopped early: %o",
  (more) => {
    const { button, steps, entry } = show(more);
    fireEvent.click(button as HTMLElement);
    expect(steps.goOn).toHaveBeenCalledWith(entry);
  },
);

it.each([
  { finishReason: "stop" },
  { finishReason: "content_filter" },
  { text: " " },
  { id: null },
  { phase: "streaming", finishReason: null },
  { replaced: true },
] satisfies Partial<ReplyEntry>[])("offers nothing for another one: %o", (more) => {
  expect(show(more).button).toBeNull();
});

it("offers nothing while a reply runs, and outside of a conversation", () => {
  expect(show({}, true).button).toBeNull();
  render(<ContinueButton entry={CUT} busy={false} />);
  expect(screen.queryByTestId("continue")).toBeNull();
});

it("is in the line that says why, for the last reply alone", () => {
  const line = (entry: ReplyEntry) => (
    <ReplyStepsContext value={{ personas: {}, againWith: vi.fn(), goOn: vi.fn(), vote: vi.fn() }}>
      <ReplyStatus entry={entry} busy={false} onRetry={undefined} />
    </ReplyStepsContext>
  );
  render(line(CUT), "zh-CN");
  expect(screen.getByTestId("stopped-early").textContent).toBe("已达到长度上限继续");
  cleanup();
  render(line({ ...CUT, latest: false }));
  expect(screen.getByTestId("stopped-early").textContent).toBe("Stopped at the length limit");
});
