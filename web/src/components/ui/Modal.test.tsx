import { createEvent, fireEvent, screen } from "@testing-library/react";
import { useState } from "react";
import { expect, it, vi } from "vitest";
import { render } from "../../testing/render";
import { Modal } from "./Modal";

it("closes on a click outside, but not where a selection is drawn out of it", () => {
  const onClose = vi.fn();
  render(
    <Modal title="A question" onClose={onClose}>
      <p>Text to select</p>
    </Modal>,
  );
  const outside = screen.getByRole("dialog");
  fireEvent.pointerDown(screen.getByText("Text to select"));
  fireEvent.click(outside);
  expect(onClose).not.toHaveBeenCalled();
  fireEvent.pointerDown(outside);
  fireEvent.click(outside);
  expect(onClose).toHaveBeenCalledTimes(1);
});

const pressEscape = () => {
  const cancel = createEvent("cancel", screen.getByRole("dialog"), { cancelable: true });
  fireEvent(screen.getByRole("dialog"), cancel);
  return cancel;
};

it("is closed by Escape at once, so that the next key reaches its opener", () => {
  const Page = () => {
    const [open, setOpen] = useState(false);
    return (
      <>
        <button type="button" onClick={() => setOpen(true)}>
          Delete
        </button>
        {open && (
          <Modal title="Delete it?" onClose={() => setOpen(false)}>
            <button type="button">Cancel</button>
          </Modal>
        )}
      </>
    );
  };
  render(<Page />);
  const opener = screen.getByRole("button", { name: "Delete" });
  opener.focus();
  fireEvent.click(opener);
  expect(pressEscape().defaultPrevented).toBe(true);
  expect(screen.queryByRole("dialog")).toBeNull();
  expect(document.activeElement).toBe(opener);
  fireEvent.click(opener);
  expect(screen.getByRole("dialog")).toBeDefined();
});

it("stays open while it is locked", () => {
  const onClose = vi.fn();
  render(
    <Modal title="Importing" locked onClose={onClose}>
      <p>It runs</p>
    </Modal>,
  );
  expect(pressEscape().defaultPrevented).toBe(true);
  expect(onClose).not.toHaveBeenCalled();
});
