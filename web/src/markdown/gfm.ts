import remarkGfm from "remark-gfm";
import { ADDRESS_PARTS, endingConstruct } from "./addressEnd";
import { eachParent, type Node, textNode } from "./tree";

type Construct = Parameters<typeof endingConstruct>[0];
interface Extension {
  text?: Record<string, Construct | Construct[]>;
}
interface Data {
  micromarkExtensions?: Extension[];
  fromMarkdownExtensions?: unknown[];
}

const ADDRESSES = new Set(["wwwAutolink", "protocolAutolink", "emailAutolink"]);

const endAddresses = (construct: Construct): Construct =>
  ADDRESSES.has(construct.name ?? "") ? endingConstruct(construct) : construct;

/** GFM looks for addresses in whole texts as well, for those that its tokenizers missed. */
function splitTexts(tree: Node): void {
  eachParent(tree, (parent, children) => {
    parent.children = children.flatMap((child) =>
      child.type === "text" && /:\/\/|www\.|@/i.test(child.value ?? "")
        ? [...(child.value ?? "").matchAll(ADDRESS_PARTS)].map(([part]) => textNode(part))
        : [child],
    );
  });
}

function joinTexts(tree: Node): void {
  eachParent(tree, (parent, children) => {
    const joined: Node[] = [];
    for (const child of children) {
      const before = joined.at(-1);
      if (child.type === "text" && before?.type === "text")
        joined[joined.length - 1] = textNode(`${before.value}${child.value}`);
      else joined.push(child);
    }
    if (joined.length < children.length) parent.children = joined;
  });
}

/** GFM in which only `~~` strikes out, and a bare address ends before CJK text. */
export function gfm(this: { data: () => object }): void {
  const data = this.data() as Data;
  data.fromMarkdownExtensions = [
    ...(data.fromMarkdownExtensions ?? []),
    { transforms: [splitTexts] },
  ];
  (remarkGfm as (this: unknown, options: object) => void).call(this, { singleTilde: false });
  data.fromMarkdownExtensions.push({ transforms: [joinTexts] });
  const text = data.micromarkExtensions?.at(-1)?.text ?? {};
  for (const [code, constructs] of Object.entries(text))
    text[code] = [constructs].flat().map(endAddresses);
}
