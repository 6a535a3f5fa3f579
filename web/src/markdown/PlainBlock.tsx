import { Component, type ReactNode } from "react";

/** Longer lines are not prose; parsing them as Markdown would block the page. */
const LONGEST_LINE = 8_000;
const LONGEST = 30_000;
const DEEP = /(?:^|\n)(?:[ \t]*(?:>|[-*+]|\d{1,9}[.)])[ \t]*){30}/;

/** False for text that would exhaust a Markdown parser, or is too long. */
export function isReadable(block: string): boolean {
  if (block.length > LONGEST) return false;
  if (block.length > LONGEST_LINE && block.split("\n").some(({ length }) => length > LONGEST_LINE))
    return false;
  return !DEEP.test(block);
}

export function PlainBlock({ text }: { text: string }) {
  return (
    <p className="plain" dir="auto">
      {text.trim()}
    </p>
  );
}

interface ReadingProps {
  text: string;
  children: ReactNode;
}

/** Shows a block as plain text if rendering it fails, so that one bad block cannot break the page. */
export class Reading extends Component<ReadingProps, { failed: string | null }> {
  override state = { failed: null };

  static getDerivedStateFromError() {
    return { failed: "" };
  }

  override componentDidCatch() {
    this.setState({ failed: this.props.text });
  }

  override render() {
    const { failed } = this.state;
    const { text, children } = this.props;
    return failed === text || failed === "" ? <PlainBlock text={text} /> : children;
  }
}
