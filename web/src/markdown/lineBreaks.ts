import { eachParent, type Node, textNode } from "./tree";

/** Returns how far each line of the source is indented, with the spaces that HTML keeps. */
function indentOf(line: string): string {
  const [blanks = ""] = /^[ \t]*/.exec(line) ?? [];
  return blanks.replaceAll("\t", "    ").replaceAll(" ", "\u00a0");
}

function withBreaks(text: Node, indents: readonly string[] | null): Node[] {
  const first = text.position?.start.line ?? 0;
  return (text.value ?? "").split("\n").flatMap((line, index) => {
    const indent = indents?.[first - 1 + index] ?? "";
    return index === 0 ? [textNode(line)] : [{ type: "break" }, textNode(`${indent}${line}`)];
  });
}

/**
 * A remark plugin that keeps the line breaks of what a person typed, and the indentation of lines in paragraphs, which
 * Markdown drops: it may be code without a fence.
 */
export function lineBreaks() {
  return (tree: Node, file: unknown) => {
    const indents = String(file).split("\n").map(indentOf);
    const outer = new Set(tree.children?.filter(({ type }) => type === "paragraph"));
    eachParent(tree, (parent, children) => {
      if (!children.some(({ value }) => value?.includes("\n"))) return;
      parent.children = children.flatMap((child) =>
        child.type === "text" ? withBreaks(child, outer.has(parent) ? indents : null) : [child],
      );
    });
  };
}
