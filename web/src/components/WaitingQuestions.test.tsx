import { act, fireEvent, screen } from "@testing-library/react";
import { expect, it, vi } from "vitest";
import type { History, WaitingQuestion } from "../api/schemas";
import { emptyConversation, reduceConversation } from "../state/conversation";
import { createStore } from "../state/store";
import type { WaitingControls } from "../state/useWaiting";
import { render } from "../testing/render";
import { WaitingQuestions } from "./WaitingQuestions";

const waits = (turn_id: string, message: string): WaitingQuestion => ({
  turn_id,
  message,
  asked_at: 0,
  attachments: [],
  role: "",
  model: "",
});
const TWO = [waits("s.2", "two"), waits("s.3", "three")];

function show(fields: Partial<History> = {}) {
  const page = { total: 0, has_more: false, trimmed: false, active_turn: "s.1", paused: false };
  const base = { session_id: "s", title: "", role: "assistant", messages: [], waiting: TWO };
  const store = createStore(reduceConversation, emptyConversation("s"));
  const read = (more: Partial<History>) =>
    act(() => store.dispatch({ type: "history", history: { ...base, ...page, ...more } }));
  read(fields);
  const waiting: WaitingControls = {
    add: vi.fn(),
    reword: vi.fn(async () => "done" as const),
    remove: vi.fn(async () => "done" as const),
    resume: vi.fn(async () => "done" as const),
    discard: vi.fn(async () => "done" as const),
  };
  const onKeep = vi.fn();
  render(<WaitingQuestions controls={{ store, waiting }} onKeep={onKeep} />);
  return { store, waiting, onKeep, read };
}

const edit = (position: number) =>
  fireEvent.click(screen.getByRole("button", { name: `Edit waiting question ${position}` }));
const field = () => screen.getByTestId<HTMLTextAreaElement>("edit-text");
const write = (value: string) => fireEvent.change(field(), { target: { value } });

it("shows nothing where no question waits", () => {
  show({ waiting: [] });
  expect(screen.queryByTestId("waiting")).toBeNull();
});

it("stores a new text on Enter, and none on Escape", async () => {
  const { waiting } = show();
  edit(2);
  expect(field().value).toBe("three");
  write("thrice");
  fireEvent.keyDown(field(), { key: "Escape" });
  expect(screen.queryByTestId("edit-text")).toBeNull();
  edit(2);
  write("thrice");
  await act(async () => void fireEvent.keyDown(field(), { key: "Enter" }));
  expect(waiting.reword).toHaveBeenCalledExactlyOnceWith("s.3", "thrice");
  expect(screen.queryByTestId("edit-text")).toBeNull();
});

it("leaves the editor open where the new text could not be stored", async () => {
  const { waiting } = show();
  vi.mocked(waiting.reword).mockResolvedValue("failed");
  edit(1);
  write("twice");
  await act(async () => void fireEvent.keyDown(field(), { key: "Enter" }));
  expect(field().value).toBe("twice");
});

it("keeps the new text of a question that is asked meanwhile", async () => {
  const { read, onKeep, store } = show();
  edit(1);
  write("twice");
  read({ waiting: TWO.slice(1) });
  expect(onKeep).toHaveBeenCalledExactlyOnceWith("twice");
  expect(store.get()).toMatchObject({ fault: { code: "not_waiting" }, refused: "reworded" });
});

it("says why the questions pause, and discards them only after a confirmation", async () => {
  const question = { id: "q1", role: "user", content: "one", timestamp: 1 } as const;
  const reply = { ...question, id: "a1", role: "assistant", finish_reason: "cancelled" } as const;
  const { waiting } = show({ messages: [question, reply], active_turn: null, paused: true });
  const bar = screen.getByTestId("waiting-paused");
  expect(bar.textContent).toContain("The last reply was stopped. 2 questions wait.");
  fireEvent.click(screen.getByTestId("waiting-discard"));
  expect(waiting.discard).not.toHaveBeenCalled();
  await act(async () => void fireEvent.click(screen.getByTestId("confirm")));
  expect(waiting.discard).toHaveBeenCalledTimes(1);
  await act(async () => void fireEvent.click(screen.getByTestId("waiting-resume")));
  expect(waiting.resume).toHaveBeenCalledTimes(1);
});
