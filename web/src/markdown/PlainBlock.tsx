import { Component, type ReactNode } from "react";

/** Longer lines are no prose; reading them as Markdown would hold the page up. */
const LONGEST_LINE = 8_000;
const LONGEST = 30_000;
const DEEP = /(?:^|\n)(?:[ \t]*(?:>|[-*+]|\d{1,9}[.)])[ \t]*){30}/;

/** False for what was made to exhaust a reader of Markdown, and for what is too long to be text. */
export function isReadable(block: string): boolean {
  if (block.length > LONGEST) return false;
  if (block.length > LONGEST_LINE && block.split("\n").some(({ length }) => length > LONGEST_LINE))
    return false;
  return !DEEP.test(block);
}

export function PlainBlock({ text }: { text: string }) {
  return <p className="plain">{text.trim()}</p>;
}

interface ReadingProps {
  text: string;
  children: ReactNode;
}

/** Shows a block as it is written where reading it fails: one bad block never takes the page with it. */
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
