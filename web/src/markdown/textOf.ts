interface Point {
  column: number;
  offset?: number;
}

/** Part of the HTML syntax tree (hast), which react-markdown gives to components as `node`. */
export interface Drawn {
  type: string;
  tagName?: string;
  value?: string;
  properties?: Record<string, unknown>;
  children?: Drawn[];
  /** Where it is in the source. */
  position?: { start: Point; end: Point };
}

/** Returns the text of an element as it is read: formulas as their source, `<br>` as a line break. */
export function textOf(node: Drawn | undefined): string {
  if (!node) return "";
  if (node.type === "text") return node.value ?? "";
  if (node.tagName === "br") return "\n";
  if (node.tagName === "img") return String(node.properties?.alt ?? "");
  return (node.children ?? []).map(textOf).join("");
}
