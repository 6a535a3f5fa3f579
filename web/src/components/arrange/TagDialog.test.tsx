import { fireEvent, screen } from "@testing-library/react";
import { expect, it, vi } from "vitest";
import type { Session } from "../../api/schemas";
import { render } from "../../testing/render";
import TagDialog from "./TagDialog";

const session = (...tags: string[]) => ({ session_id: tags.join(), tags }) as Session;

function show(sessions: Session[], known: string[] = []) {
  const onSave = vi.fn();
  render(<TagDialog sessions={sessions} known={known} onSave={onSave} onClose={vi.fn()} />);
  const input = screen.getByTestId("tag-input");
  const type = (value: string, key?: string) => {
    fireEvent.change(input, { target: { value } });
    if (key) fireEvent.keyDown(input, { key });
  };
  const save = () => fireEvent.click(screen.getByTestId("confirm"));
  return { onSave, input, type, save };
}

const tags = () => screen.queryAllByTestId("tag").map((tag) => tag.textContent);

it("adds tags by Enter, a comma and when it is saved", () => {
  const { onSave, type, save } = show([session("a")]);
  type("two words ", "Enter");
  type("三", "，");
  type("last");
  save();
  expect(onSave).toHaveBeenCalledWith(["two words", "三", "last"], []);
});

it("takes a known tag in its own spelling, and suggests it", () => {
  const { type, save, onSave } = show([session()], ["Work", "Home"]);
  type("wo");
  fireEvent.click(screen.getByTestId("tag-suggestion"));
  type("HOME", "Enter");
  save();
  expect(onSave).toHaveBeenCalledWith(["Work", "Home"], []);
});

it("removes tags by their button and by Backspace", () => {
  const { input, save, onSave } = show([session("a", "b", "c")]);
  fireEvent.click(screen.getByRole("button", { name: /“a”/ }));
  fireEvent.keyDown(input, { key: "Backspace" });
  expect(tags()).toEqual(["b"]);
  save();
  expect(onSave).toHaveBeenCalledWith([], ["a", "c"]);
});

it("shows what several conversations have in common", () => {
  show([session("a", "b"), session("b", "c")]);
  expect(tags()).toEqual(["b"]);
});

it("takes no ninth tag", () => {
  const { input } = show([session("1", "2", "3", "4", "5", "6", "7", "8")]);
  expect((input as HTMLInputElement).disabled).toBe(true);
});
