import { fireEvent, screen } from "@testing-library/react";
import { expect, it, vi } from "vitest";
import { render } from "../../testing/render";
import { ShareReply } from "./ShareReply";

const device = (touch: boolean, share?: unknown) => {
  vi.stubGlobal("matchMedia", () => ({ matches: touch }));
  Object.defineProperty(navigator, "share", { value: share, configurable: true });
};

it("hands the text to the system", () => {
  const share = vi.fn(async () => undefined);
  device(true, share);
  render(<ShareReply text="A reply" />);
  fireEvent.click(screen.getByTestId("share-reply"));
  expect(share).toHaveBeenCalledWith({ text: "A reply" });
});

it.each([
  ["has no such sheet", true, undefined],
  ["has a mouse", false, async () => undefined],
] as const)("is not offered where the device %s", (_name, touch, share) => {
  device(touch, share);
  render(<ShareReply text="A reply" />);
  expect(screen.queryByTestId("share-reply")).toBeNull();
});
