import { act, fireEvent, screen } from "@testing-library/react";
import { expect, it, vi } from "vitest";
import { Problem } from "../../api/http";
import { render } from "../../testing/render";
import { ErasePart } from "./ErasePart";

const nothing = () => undefined;
const type = (text: string) =>
  fireEvent.change(screen.getByTestId("erase-word"), { target: { value: text } });
const submit = () => act(async () => void fireEvent.submit(screen.getByTestId("erase-form")));
const button = () => screen.getByTestId("confirm-erase") as HTMLButtonElement;

it.each([
  ["en", "delete"],
  ["zh-CN", "\u5220\u9664"],
] as const)("deletes in %s only once the word is there", async (locale, word) => {
  const onErase = vi.fn(async () => undefined);
  render(<ErasePart asking onAsk={nothing} onErase={onErase} onCancel={nothing} />, locale);
  type(word.slice(0, -1));
  await submit();
  expect([onErase.mock.calls.length, button().disabled]).toEqual([0, true]);
  type(` ${word} `);
  await submit();
  expect(onErase).toHaveBeenCalledTimes(1);
});

it("says why nothing was deleted, and lets the reader try again", async () => {
  const onErase = () => Promise.reject(new Problem("redis_unavailable", 503, ""));
  render(<ErasePart asking onAsk={nothing} onErase={onErase} onCancel={nothing} />);
  type("delete");
  await submit();
  expect(screen.getByRole("alert").textContent).toContain("Storage is unavailable");
  expect(button().disabled).toBe(false);
});
