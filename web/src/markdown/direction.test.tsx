import { expect, it } from "vitest";
import { render } from "../testing/render";
import { Markdown } from "./Markdown";

const ARABIC = "مرحبا بالعالم";

it("takes the direction of each block from its text", () => {
  const { container } = render(
    <Markdown text={`# ${ARABIC}\n\n- ${ARABIC}\n- one\n\nWords\n\n| ${ARABIC} |\n|---|\n| 1 |`} />,
  );
  const directed = [...container.querySelectorAll("[dir=auto]")].map(({ tagName }) => tagName);
  expect(directed).toEqual(["H1", "UL", "P", "FIGURE"]);
});

it("leaves code as it is written", () => {
  const { container } = render(<Markdown text={"```\nlet مرحبا = 1\n```"} />);
  expect(container.querySelector(".code")?.getAttribute("dir")).toBe("ltr");
});
