import { fireEvent, screen } from "@testing-library/react";
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
