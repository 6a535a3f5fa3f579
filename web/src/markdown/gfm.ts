import { gfmFromMarkdown } from "mdast-util-gfm";
import { gfm as gfmSyntax } from "micromark-extension-gfm";
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

/**
 * Returns the extensions of GFM in which only `~~` strikes out, and a bare address ends before CJK text. Not by
 * remark-gfm, which would bring what writes Markdown as well.
 */
function extensions(endsAddresses: boolean): Required<Data> {
  const syntax = gfmSyntax({ singleTilde: false }) as Extension;
  for (const [code, constructs] of Object.entries(endsAddresses ? (syntax.text ?? {}) : {}))
    if (syntax.text) syntax.text[code] = [constructs].flat().map(endAddresses);
  return {
    micromarkExtensions: [syntax],
    fromMarkdownExtensions: [
      { transforms: [splitTexts] },
      ...gfmFromMarkdown(),
      { transforms: [joinTexts] },
    ],
  };
}

const PLAIN = extensions(false);
const ENDING = extensions(true);

interface Options {
  /** Whether the text has characters that end a bare address. Looking for them at each letter costs time. */
  endsAddresses: boolean;
}

/** A remark plugin for GFM. The extensions are made once, because each delta of a reply makes a new processor. */
export function gfm(this: { data: () => object }, { endsAddresses }: Options): void {
  const data = this.data() as Data;
  const { micromarkExtensions, fromMarkdownExtensions } = endsAddresses ? ENDING : PLAIN;
  data.micromarkExtensions = [...(data.micromarkExtensions ?? []), ...micromarkExtensions];
  data.fromMarkdownExtensions = [...(data.fromMarkdownExtensions ?? []), ...fromMarkdownExtensions];
}
