/** The parts of a Markdown syntax tree (mdast) that the plugins here read and make. */
export interface Node {
  type: string;
  value?: string;
  children?: Node[];
  data?: { hName?: string; hProperties?: Record<string, unknown> };
  position?: { start: Point; end: Point };
}

interface Point {
  line: number;
  column: number;
  offset?: number;
}

export const textNode = (value: string): Node => ({ type: "text", value });

/** Returns a node that is drawn as the HTML element `name`. */
export const elementNode = (name: string, children: Node[], properties = {}): Node => ({
  type: "htmlElement",
  data: { hName: name, hProperties: properties },
  children,
});

/** Calls `change` with each node that has children, the inner ones first. */
export function eachParent(node: Node, change: (parent: Node, children: Node[]) => void): void {
  if (!node.children) return;
  for (const child of node.children) eachParent(child, change);
  change(node, node.children);
}
