import { act, cleanup, fireEvent, screen } from "@testing-library/react";
import { describe, expect, it, vi } from "vitest";
import { render } from "../testing/render";
import { Composer } from "./Composer";

type Props = Parameters<typeof Composer>[0];

function show(more: Partial<Props> = {}) {
  const props: Props = {
    text: "hello",
    persona: "Assistant",
    focusKey: "",
    busy: false,
    hint: "",
    obstructed: false,
    stoppable: false,
    queues: false,
    stopping: false,
    onWrite: vi.fn(),
    onSend: vi.fn(),
    onRefused: vi.fn(),
    onStop: vi.fn(),
    onAttachText: vi.fn(),
    onPaste: null,
    above: null,
    children: null,
    ...more,
  };
  render(<Composer {...props} />);
  return { ...props, box: screen.getByTestId("composer") };
}

describe("Composer", () => {
  it("sends on Enter", () => {
    const { box, onSend } = show();
    expect(fireEvent.keyDown(box, { key: "Enter" })).toBe(false);
    expect(onSend).toHaveBeenCalledTimes(1);
  });

  it("breaks the line on Shift+Enter", () => {
    const { box, onSend } = show();
    expect(fireEvent.keyDown(box, { key: "Enter", shiftKey: true })).toBe(true);
    expect(onSend).not.toHaveBeenCalled();
  });

  it.each([
    ["while composing", { isComposing: true }],
    ["with key code 229, as Safari ends a composition", { keyCode: 229 }],
  ])("does not send on Enter %s", (_name, more) => {
    const { box, onSend } = show();
    expect(fireEvent.keyDown(box, { key: "Enter", ...more })).toBe(true);
    expect(onSend).not.toHaveBeenCalled();
  });

  it.each([
    ["nothing but blanks", { text: " \n " }],
    ["a text over the limit", { text: "字".repeat(32_001) }],
    ["anything while busy", { busy: true }],
  ])("does not send %s", (_name, more) => {
    const { box, onSend } = show(more);
    fireEvent.keyDown(box, { key: "Enter" });
    expect(onSend).not.toHaveBeenCalled();
    expect(screen.getByTestId("send")).toHaveProperty("disabled", true);
  });

  it("counts characters, not code units, and only near the limit", () => {
    show({ text: "😀".repeat(30_000) });
    expect(screen.getByText("30000 / 32000")).toBeTruthy();
  });

  it("says how much is too long", () => {
    show({ text: "x".repeat(32_003) });
    expect(screen.getByText("3 characters too long")).toBeTruthy();
  });

  it("offers to stop a running reply, once", () => {
    vi.useFakeTimers();
    const { onStop } = show({ busy: true, stoppable: true });
    expect(screen.queryByTestId("send")).toBeNull();
    fireEvent.click(screen.getByTestId("stop"));
    expect(onStop, "the second click of a double click on Send").not.toHaveBeenCalled();
    act(() => void vi.advanceTimersByTime(500));
    fireEvent.click(screen.getByTestId("stop"));
    expect(onStop).toHaveBeenCalledTimes(1);
    vi.useRealTimers();
  });

  it("offers to send and to stop where a question can wait, once there is one", () => {
    const { onSend } = show({ queues: true, stoppable: true });
    const send = screen.getByTestId("send");
    expect(send.getAttribute("aria-label")).toBe("Ask after this reply");
    expect(screen.getByTestId("stop")).toBeTruthy();
    fireEvent.click(send);
    expect(onSend).toHaveBeenCalledTimes(1);
    cleanup();
    show({ queues: true, stoppable: true, text: "" });
    expect(screen.queryByTestId("send")).toBeNull();
  });

  it("may be written in while a reply runs", () => {
    const { box, onWrite } = show({ busy: true, stoppable: true });
    fireEvent.change(box, { target: { value: "next" } });
    expect(onWrite).toHaveBeenCalledWith("next");
  });
});
