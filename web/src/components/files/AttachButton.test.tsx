import { fireEvent, screen } from "@testing-library/react";
import { beforeEach, expect, it, vi } from "vitest";
import { chosen } from "../../testing/fakeUpload";
import { render } from "../../testing/render";
import { AttachButton } from "./AttachButton";

const onTouch = (touch: boolean) =>
  vi.stubGlobal("matchMedia", () => ({ matches: touch }) as MediaQueryList);

const field = () => screen.getByTestId<HTMLInputElement>("files");

beforeEach(() => {
  HTMLElement.prototype.hidePopover = () => undefined;
});

it("passes on what was chosen, and may be used for the same file again", () => {
  onTouch(false);
  const onFiles = vi.fn();
  render(<AttachButton onFiles={onFiles} />);
  const opened = vi.spyOn(field(), "click");
  fireEvent.click(screen.getByTestId("attach"));
  expect(opened).toHaveBeenCalledTimes(1);
  expect(field().accept).toBe("");
  fireEvent.change(field(), { target: { files: [chosen("a.txt")] } });
  expect(onFiles.mock.calls[0]?.[0]).toHaveLength(1);
  expect(field().value).toBe("");
});

it("asks on a touch screen, because with pictures alone the system offers its camera", () => {
  onTouch(true);
  render(<AttachButton onFiles={() => undefined} />);
  const event = Object.assign(new Event("beforetoggle"), { newState: "open" });
  fireEvent(screen.getByRole("menu", { hidden: true }), event);
  fireEvent.click(screen.getByTestId("attach-photo"));
  expect(field().accept).toBe("image/*");
  fireEvent.click(screen.getByTestId("attach-file"));
  expect(field().accept).toBe("");
});
