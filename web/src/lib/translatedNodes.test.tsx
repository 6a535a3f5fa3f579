import { act, render } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import { tolerateTranslation } from "./translatedNodes";

function Words({ one, two, more }: { one: string; two: string; more?: boolean }) {
  return (
    <p>
      {one}
      {more && "!"}
      {two}
    </p>
  );
}

/** Does to each text node what Chrome's translator does; `moved`: as others do. */
function translate(root: HTMLElement, moved = false) {
  const walker = document.createTreeWalker(root, 4);
  const texts: Node[] = [];
  while (walker.nextNode()) texts.push(walker.currentNode);
  for (const text of texts) {
    const font = document.createElement("font");
    if (!moved) font.textContent = `<${text.nodeValue}>`;
    text.parentNode?.replaceChild(font, text);
    if (moved) font.append(text);
  }
}

const settled = () => act(async () => void (await Promise.resolve()));

describe("tolerateTranslation", () => {
  tolerateTranslation(document.body);

  it.each([false, true])("lets texts change, come and go (text moved: %s)", async (moved) => {
    const page = render(<Words one="a" two="b" />);
    translate(page.container, moved);
    await settled();
    page.rerender(<Words one="a2" two="b" />);
    await settled();
    expect(page.container.textContent).toBe(moved ? "a2b" : "a2<b>");
    page.rerender(<Words one="a2" two="b" more />);
    await settled();
    expect(page.container.textContent).toBe(moved ? "a2!b" : "a2!<b>");
    translate(page.container, moved);
    await settled();
    page.rerender(<Words one="a2" two="b3" />);
    await settled();
    expect(page.container.textContent).toMatch(/a2.*b3/);
    expect(page.container.textContent).not.toContain("!");
    page.unmount();
    expect(document.body.textContent).toBe("");
  });
});
