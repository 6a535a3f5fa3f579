/** Elements around and next to a text that are no part of what it says. */
const LEFT_OUT = "figcaption, button:not(.footnote-mark, .footnote-back), svg, [data-caret]";
const TRANSPARENT = new Set(["span", "div", "bdi", "figure"]);

const escaped = (text: string) => text.replaceAll("<", "&lt;");

/** Returns what a tag is called, with the attributes that a reader would notice. */
function nameOf(element: Element): string {
  const name = element.tagName.toLowerCase();
  const style = (element as HTMLElement).style?.textAlign;
  const attributes = [
    ["href", element.getAttribute("href")],
    ["start", element.getAttribute("start")],
    ["kind", element.getAttribute("data-kind")],
    ["align", style],
    ["open", element.hasAttribute("open") ? "" : null],
  ] as const;
  return [name, ...attributes.map(([key, value]) => attribute(key, value))]
    .filter(Boolean)
    .join(" ");
}

const attribute = (key: string, value: string | null | undefined) =>
  value === null || value === undefined || (value === "" && key !== "open")
    ? ""
    : value
      ? `${key}=${value}`
      : key;

function special(element: Element): string | null {
  const { classList } = element;
  if (element.matches(LEFT_OUT)) return "";
  if (classList.contains("formula")) {
    const source = element.querySelector("annotation, .formula-source")?.textContent ?? "";
    const name = classList.contains("display") ? "formula display" : "formula";
    return `<${name}>${escaped(source.trim())}</formula>`;
  }
  if (classList.contains("task")) return classList.contains("checked") ? "[x]" : "[ ]";
  if (classList.contains("footnote-mark")) return `[^${element.textContent}]`;
  if (classList.contains("footnote-back")) return "[back]";
  if (element.tagName === "FIGURE" && classList.contains("code")) {
    const label = element.querySelector("figcaption span")?.textContent ?? "";
    return `<code ${escaped(label)}>${escaped(element.querySelector("pre")?.textContent ?? "")}</code>`;
  }
  return null;
}

/** Returns the drawn HTML in a short form: without wrappers, buttons and classes. */
export function drawn(node: Node): string {
  if (node.nodeType === Node.TEXT_NODE) return escaped(node.textContent ?? "");
  if (!(node instanceof Element)) return "";
  const own = special(node);
  if (own !== null) return own;
  const inner = [...node.childNodes].map(drawn).join("");
  const name = node.tagName.toLowerCase();
  const kind = node.getAttribute("data-kind");
  if (TRANSPARENT.has(name) && !kind) return inner;
  if (name === "br" || name === "hr") return `<${name}>`;
  return `<${nameOf(node)}>${inner}</${name}>`;
}
