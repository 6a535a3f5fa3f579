import { eachParent, type Node, textNode } from "./tree";

export const CALLOUTS = ["note", "tip", "important", "warning", "caution"] as const;
export type CalloutKind = (typeof CALLOUTS)[number];

const MARK = new RegExp(`^\\[!(${CALLOUTS.join("|")})\\][ \\t]*(?:\\n|$|(?=[^\\n(\\[]))`, "i");

/** Takes the mark from the first paragraph of a quotation. Returns its kind, or null if there is none. */
function takeMark(quote: Node): string | null {
  const [paragraph, ...blocks] = quote.children ?? [];
  const [text, ...rest] = paragraph?.type === "paragraph" ? (paragraph.children ?? []) : [];
  const match = text?.type === "text" ? MARK.exec(text.value ?? "") : null;
  if (!paragraph || !text || !match) return null;
  const words = (text.value ?? "").slice(match[0].length);
  const after = words ? [textNode(words), ...rest] : rest.slice(rest[0]?.type === "break" ? 1 : 0);
  quote.children = after.length > 0 ? [{ ...paragraph, children: after }, ...blocks] : blocks;
  return (match[1] ?? "").toLowerCase();
}

/** A remark plugin that makes a call-out of a quotation that begins with `[!NOTE]`, as GitHub does. */
export function callouts() {
  return (tree: Node) =>
    eachParent(tree, (_parent, children) => {
      for (const quote of children) {
        if (quote.type !== "blockquote") continue;
        const kind = takeMark(quote);
        if (kind) quote.data = { hName: "aside", hProperties: { dataCallout: kind } };
      }
    });
}

/** Removes a mark that is not complete at the end of a growing text. */
export const withoutHalfMark = (text: string): string =>
  text.replace(/^((?: {0,3}>[ \t]?)+)\[(?:![a-z]*)?$/im, "$1");
