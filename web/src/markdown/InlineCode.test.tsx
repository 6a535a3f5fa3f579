import { expect, it } from "vitest";
import { render } from "../testing/render";
import { Markdown } from "./Markdown";

function codeOf(text: string): HTMLElement {
  const code = render(<Markdown text={`\`${text}\``} />).container.querySelector("code");
  if (!code) throw new Error("no code");
  return code;
}

it("keeps a short piece of code whole", () => {
  expect(codeOf("a -> b").className).toBe("whole");
});

it("breaks a longer one at its spaces, and within long words only", () => {
  const text = "std::unordered_map<K, V> -> size_t";
  const code = codeOf(text);
  const whole = [...code.querySelectorAll(".whole")].map(({ textContent }) => textContent);
  expect(code.textContent).toBe(text);
  expect(whole).toEqual(["V>", "->", "size_t"]);
});
