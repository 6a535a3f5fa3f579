import { act, waitFor } from "@testing-library/react";
import { expect, it, vi } from "vitest";
import { loadMarkdown } from "../markdown/LazyMarkdown";
import { render } from "../testing/render";
import { LiveText } from "./LiveText";

let observed: Element[] = [];

class FakeResizeObserver {
  private elements: Element[] = [];
  observe(element: Element) {
    this.elements.push(element);
    observed.push(element);
  }
  disconnect() {
    observed = observed.filter((element) => !this.elements.includes(element));
  }
}

it("follows the element that Markdown brings once it is loaded", async () => {
  vi.stubGlobal("ResizeObserver", FakeResizeObserver);
  const { container } = render(<LiveText text="**half** a" live partial lost={false} />);
  const plain = container.querySelector(".markdown");
  expect(observed).toEqual([plain]);
  await act(loadMarkdown);
  await waitFor(() => expect(container.querySelector("strong")).toBeTruthy());
  const drawn = container.querySelector(".markdown");
  expect(drawn).not.toBe(plain);
  expect(observed).toEqual([drawn]);
});
