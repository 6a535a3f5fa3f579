interface Node {
  type: string;
  tagName?: string;
  properties?: Record<string, unknown>;
  children?: Node[];
}

const BLOCKS = new Set("p h1 h2 h3 h4 h5 h6 ul ol blockquote table details dl".split(" "));

/**
 * Lets each block take the direction of its first letter. Only the outer ones: `dir="auto"` does not look into
 * elements that have a direction of their own (HTML, 3.2.6.4), and a list must know that of its items. Within a
 * block the style sheet lets each paragraph turn by itself.
 */
function direct({ children = [] }: Node): void {
  for (const child of children)
    if (child.tagName && BLOCKS.has(child.tagName))
      child.properties = { ...child.properties, dir: "auto" };
}

/** A rehype plugin. Code keeps the direction of the page, which is left to right. */
export const directions = () => direct;
