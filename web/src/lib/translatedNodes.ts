/**
 * Lets React go on where a translator of the browser has put a <font> in the place of a text node: React changes and
 * removes the node that it made, which is no longer in the page, and would throw (facebook/react#11538).
 */

/** What stands in the place of a text node. */
const stands = new WeakMap<Node, Element>();

/** Returns the node in the page for one that React knows. */
function shown(node: Node | null, parent: Node): Node | null {
  if (!node || node.parentNode === parent) return node;
  const stand = stands.get(node) ?? wrapperOf(node, parent);
  return stand?.parentNode === parent ? stand : null;
}

/** Some translators move the text node itself into the <font>. */
function wrapperOf(node: Node, parent: Node): Element | null {
  let element = node.parentElement;
  while (element && element.parentNode !== parent) element = element.parentElement;
  return element?.localName === "font" ? element : null;
}

/** A changed text takes its place again; the translator may translate it anew. */
function onTextChange(records: MutationRecord[]): void {
  for (const { target } of records) {
    const stand = stands.get(target);
    if (!stand?.isConnected) continue;
    stands.delete(target);
    stand.replaceWith(target);
  }
}

const texts = new MutationObserver(onTextChange);

function onReplacement(records: MutationRecord[]): void {
  for (const { removedNodes, addedNodes } of pairs(records)) {
    const stand = addedNodes.find((node) => node instanceof Element && node.localName === "font");
    const text = removedNodes.find((node) => node.nodeType === Node.TEXT_NODE);
    if (!stand || !text || text.isConnected) continue;
    stands.set(text, stand as Element);
    texts.observe(text, { characterData: true });
  }
}

/** Joins the records of one parent at one place: some translators insert first and remove then. */
function pairs(records: MutationRecord[]) {
  const found: { target: Node; removedNodes: Node[]; addedNodes: Node[] }[] = [];
  for (const { target, removedNodes, addedNodes } of records) {
    const last = found.at(-1);
    const joins =
      last?.target === target &&
      (last.removedNodes.length === 0 || last.addedNodes.length === 0) &&
      removedNodes.length + addedNodes.length > 0;
    if (joins) {
      last.removedNodes.push(...removedNodes);
      last.addedNodes.push(...addedNodes);
    } else found.push({ target, removedNodes: [...removedNodes], addedNodes: [...addedNodes] });
  }
  return found;
}

/** Makes React's changes of the page reach what stands in the place of its text nodes. */
export function tolerateTranslation(root: Node): void {
  new MutationObserver(onReplacement).observe(root, { childList: true, subtree: true });
  const { removeChild, insertBefore } = Node.prototype;
  Node.prototype.removeChild = function <T extends Node>(child: T): T {
    if (child.parentNode === this) return removeChild.call(this, child) as T;
    const stand = shown(child, this);
    if (stand) removeChild.call(this, stand);
    return child;
  };
  Node.prototype.insertBefore = function <T extends Node>(node: T, before: Node | null): T {
    return insertBefore.call(this, node, shown(before, this)) as T;
  };
}
