/** What of a reply is no text of it: labels, buttons, and what KaTeX writes for screen readers. */
const APART = "figcaption, button, .katex-mathml, .visually-hidden, [hidden]";
/** Elements that are the end of the text although they are empty. */
const EMPTY_ENDS = "li, pre > code";

export interface TextPoint {
  node: Text;
  offset: number;
}

/** A text node, and the number of characters before it. */
interface Placed {
  node: Text;
  start: number;
}

/** The text of an element's children from `base` on: its length, and its last nodes. */
export interface TextTail {
  total: number;
  nodes: Placed[];
}

const lengthOf = (node: Node | undefined) => node?.textContent?.length ?? 0;

export const lengthOfChild = (root: Element, index: number) => lengthOf(root.children[index]);

/** Reads the end of a text: only as many nodes as there are behind `from`. */
export function tailOf(root: Element, base: number, from: number): TextTail {
  let total = 0;
  for (let index = base; index < root.children.length; index += 1)
    total += lengthOfChild(root, index);
  const nodes: Placed[] = [];
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  let start = total;
  for (let node = lastText(root, walker); node && start > from; node = walker.previousNode()) {
    start -= (node as Text).length;
    if (start < 0) break;
    nodes.unshift({ node: node as Text, start });
  }
  return { total, nodes };
}

function lastText(root: Element, walker: TreeWalker): Node | null {
  let node: Node = root;
  while (node.lastChild) node = node.lastChild;
  walker.currentNode = node;
  return node instanceof Text ? node : walker.previousNode();
}

/** Returns where a position is; null if it is before the nodes of the tail. */
export function pointAt({ nodes }: TextTail, position: number): TextPoint | null {
  const found = nodes.findLast(({ start }) => start <= position);
  if (!found) return null;
  return { node: found.node, offset: Math.min(found.node.length, position - found.start) };
}

const isApart = (node: Node) => node.parentElement?.closest(APART) != null;

/** Returns the point behind the last character before `from`, or of the whole, that is text and no space. */
export function lastPoint(root: Element, from: TextPoint | null): TextPoint | null {
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  let node: Node | null = from?.node ?? lastText(root, walker);
  walker.currentNode = node ?? root;
  for (let limit = from?.offset; node; node = walker.previousNode(), limit = undefined) {
    const text = (node as Text).data.slice(0, limit);
    const offset = text.trimEnd().length;
    if (offset > 0 && !isApart(node)) return { node: node as Text, offset: textOffset(node, text) };
  }
  return null;
}

/** In code, the spaces at the end of a line count. */
const textOffset = (node: Node, text: string) =>
  node.parentElement?.closest("pre") ? text.replace(/\n+$/, "").length : text.trimEnd().length;

/** Returns the element at the end that has no words yet: a new item of a list, or code without a line. */
export function emptyEnd(root: Element): Element | null {
  const last = [...(root.lastElementChild?.querySelectorAll(EMPTY_ENDS) ?? [])].at(-1);
  return last && !/\S/.test(last.textContent ?? "") ? last : null;
}
