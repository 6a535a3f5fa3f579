import { mathFromMarkdown } from "mdast-util-math";
import { math as mathSyntax } from "micromark-extension-math";

interface Data {
  micromarkExtensions?: unknown[];
  fromMarkdownExtensions?: unknown[];
}

/** A remark plugin for formulas between `$$`; a single `$` is money. */
export function math(this: { data: () => object }): void {
  const data = this.data() as Data;
  data.micromarkExtensions = [
    ...(data.micromarkExtensions ?? []),
    mathSyntax({ singleDollarTextMath: false }),
  ];
  data.fromMarkdownExtensions = [...(data.fromMarkdownExtensions ?? []), mathFromMarkdown()];
}
