import { eachParent, elementNode, type Node, textNode } from "./tree";

const INLINE = new Set(["sub", "sup", "kbd", "mark", "u"]);
const BLOCK = new Set(["details", "summary"]);
const NAMES = ["br", ...INLINE, ...BLOCK];

/** Matches one complete tag, with what its quoted attributes contain. */
const TAG = /<(?:"[^"]*"|'[^']*'|[^<>"'])*>/g;
/** The tags that are drawn. Nothing but `<details open>` may have an attribute. */
const ALLOWED = new RegExp(`^<(/?)(?:(${NAMES.join("|")})|(details)\\s+open)\\s*(/?)>$`, "i");
/** HTML whose contents are no HTML. */
const RAW = /^\s*<(?:script|style|pre|textarea|[!?])/i;

interface Tag {
  name: string;
  kind: "opens" | "closes" | "empty";
  open: boolean;
}

function tagOf(text: string): Tag | null {
  const [, slash, plain, open, end] = ALLOWED.exec(text) ?? [];
  const name = (plain ?? open)?.toLowerCase();
  if (!name || (slash && (end || open))) return null;
  if (name === "br") return slash ? null : { name, kind: "empty", open: false };
  return end ? null : { name, kind: slash ? "closes" : "opens", open: open !== undefined };
}

interface Frame {
  name: string;
  /** The tag as it was written, shown if it is never closed. */
  source: string;
  open: boolean;
  children: Node[];
}

const isInline = ({ type, data }: Node) =>
  type === "text" || type === "break" || INLINE.has(data?.hName ?? "");

/** Returns a paragraph that keeps the line breaks of its texts, without blank lines around them. */
function paragraph(run: Node[]): Node {
  const last = run.length - 1;
  const children = run.map((node, index) => {
    if (node.type !== "text") return node;
    const begun = index === 0 ? node.value?.trimStart() : node.value;
    return textNode((index === last ? begun?.trimEnd() : begun) ?? "");
  });
  return { type: "paragraph", data: { hProperties: { className: "plain" } }, children };
}

/** Puts inline nodes that stand between blocks into paragraphs, without the blanks around blocks. */
function paragraphs(children: readonly Node[]): Node[] {
  const blocks: Node[] = [];
  let run: Node[] = [];
  const flush = () => {
    if (run.some(({ type, value }) => type !== "text" || value?.trim()))
      blocks.push(paragraph(run));
    run = [];
  };
  for (const child of children) {
    if (isInline(child)) run.push(child);
    else {
      flush();
      blocks.push(child);
    }
  }
  flush();
  return blocks;
}

/** Builds elements from the allowed tags among siblings. Other tags, and those without a partner, become text. */
class Builder {
  private readonly frames: Frame[] = [{ name: "", source: "", open: false, children: [] }];

  constructor(
    private readonly names: ReadonlySet<string>,
    private readonly flow: boolean,
  ) {}

  private get top(): Frame {
    return this.frames[this.frames.length - 1] as Frame;
  }

  add(node: Node): void {
    this.top.children.push(node);
  }

  private close(): void {
    const { name, open, children } = this.frames.pop() as Frame;
    const block = name === "details";
    this.add(elementNode(name, block ? paragraphs(children) : children, open ? { open } : {}));
  }

  private fits({ name }: Tag): boolean {
    const top = this.top;
    if (name === "summary") return top.name === "details" && !top.children.some(isSummary);
    if (name === "details") return this.flow && (top.name === "" || top.name === "details");
    return this.names.has(name);
  }

  tag(source: string): void {
    const tag = tagOf(source);
    if (tag?.kind === "empty") this.add({ type: "break" });
    else if (tag?.kind === "opens" && this.fits(tag))
      this.frames.push({ name: tag.name, source, open: tag.open, children: [] });
    else if (tag?.kind === "closes" && this.top.name === tag.name) this.close();
    else this.add(textNode(source));
  }

  html(value: string): void {
    let at = 0;
    for (const match of RAW.test(value) ? [] : value.matchAll(TAG)) {
      if (match.index > at) this.add(textNode(value.slice(at, match.index)));
      this.tag(match[0]);
      at = match.index + match[0].length;
    }
    if (at < value.length) this.add(textNode(value.slice(at)));
  }

  /** Returns the nodes. `closing`: tags that are still open may be closed by text that has not come yet. */
  end(closing: boolean): Node[] {
    while (this.frames.length > 1) {
      if (closing) this.close();
      else {
        const { source, children } = this.frames.pop() as Frame;
        for (const node of [textNode(source), ...children.flatMap(withoutSummary)]) this.add(node);
      }
    }
    return this.flow ? paragraphs(this.top.children) : this.top.children;
  }
}

/** A title is one within folded text alone. */
const withoutSummary = (node: Node): Node[] =>
  isSummary(node)
    ? [textNode("<summary>"), ...(node.children ?? []), textNode("</summary>")]
    : [node];

const isSummary = (node: Node) => node.data?.hName === "summary";

const isHtml = (node: Node | undefined) => node?.type === "html";

const FLOW = new Set(["root", "blockquote", "listItem", "footnoteDefinition"]);
const FLOW_NAMES = new Set([...INLINE, ...BLOCK]);

/** A remark plugin that draws a few harmless tags without attributes. All other HTML stays visible as text. */
export function html({ partial }: { partial: boolean }) {
  return (tree: Node) =>
    eachParent(tree, (parent, children) => {
      if (!children.some(isHtml)) return;
      const flow = FLOW.has(parent.type);
      const builder = new Builder(flow ? FLOW_NAMES : INLINE, flow);
      for (const [index, child] of children.entries()) {
        if (child.type !== "html") builder.add(child);
        else if (flow) builder.html(`${isHtml(children[index - 1]) ? "\n" : ""}${child.value}`);
        else builder.tag(child.value ?? "");
      }
      parent.children = builder.end(partial);
    });
}

/** Removes the beginning of an allowed tag at the end of a growing text, so that it is not seen as text first. */
export function withoutHalfTag(text: string): string {
  const [half, name = ""] = /<\/?([a-z]*)$/i.exec(text) ?? [];
  if (half === undefined || !NAMES.some((known) => known.startsWith(name.toLowerCase())))
    return text;
  return text.slice(0, -half.length);
}
