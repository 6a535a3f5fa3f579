import { act, render } from "@testing-library/react";
import { afterEach, beforeEach, expect, it } from "vitest";
import { useNearness } from "./useNearness";

const ROOT = document.documentElement;

beforeEach(() => Object.assign(ROOT, { oncontentvisibilityautostatechange: null }));
afterEach(() => void Reflect.deleteProperty(ROOT, "oncontentvisibilityautostatechange"));

function Row({ late }: { late: boolean }) {
  const [element, near] = useNearness<HTMLSpanElement>(late);
  return <article>{near ? "near" : <span ref={element} />}</article>;
}

const change = (row: Element | null, skipped: boolean) =>
  act(
    () =>
      void row?.dispatchEvent(
        Object.assign(new Event("contentvisibilityautostatechange"), { skipped }),
      ),
  );

it("is drawn late once the browser lays it out, and stays", () => {
  const { container } = render(<Row late />);
  const row = container.querySelector("article");
  expect(container.textContent).toBe("");
  change(row, true);
  expect(container.textContent).toBe("");
  change(row, false);
  expect(container.textContent).toBe("near");
  change(row, true);
  expect(container.textContent).toBe("near");
});

it.each(["focusin", "pointerover"])(
  "is drawn at once where the reader comes to it (%s)",
  (type) => {
    const { container } = render(<Row late />);
    const row = container.querySelector("article");
    act(() => void row?.dispatchEvent(new Event(type, { bubbles: true })));
    expect(container.textContent).toBe("near");
  },
);

it("is near at once unless it is late", () => {
  expect(render(<Row late={false} />).container.textContent).toBe("near");
});

it("is near at once where the browser does not say", () => {
  Reflect.deleteProperty(ROOT, "oncontentvisibilityautostatechange");
  expect(render(<Row late />).container.textContent).toBe("near");
});
