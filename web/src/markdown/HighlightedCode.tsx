import { Fragment, memo, type ReactNode, use, useEffect, useRef, useState } from "react";
import type { CodeNode, Coloured, Segment } from "./segments";
import { TextGrows } from "./textGrows";

function drawn(piece: CodeNode, key: number): ReactNode {
  if (piece.type === "text") return <Fragment key={key}>{piece.value}</Fragment>;
  const names = piece.properties?.className;
  return (
    <span key={key} className={Array.isArray(names) ? names.join(" ") : undefined}>
      {piece.children?.map(drawn)}
    </span>
  );
}

const DrawnSegment = memo(({ nodes }: Pick<Segment, "nodes">) => <>{nodes.map(drawn)}</>);

interface HighlightedCodeProps {
  code: string;
  language: string;
  /** Whether more of it will come, so that it is coloured as it comes. */
  unfinished: boolean;
}

/** The highlighter, once it is loaded. */
let colouringOf: typeof import("./highlight").colouringOf | undefined;

let loading: Promise<void> | undefined;

/** Asks once: each `import()` of the built page first looks through the whole document. */
function load(): Promise<void> {
  loading ??= import("./highlight").then(
    (loaded) => {
      colouringOf = loaded.colouringOf;
    },
    (error) => {
      loading = undefined;
      throw error;
    },
  );
  return loading;
}

/**
 * Code, plain until the highlighter is loaded. Highlighting does not change the layout. Code of a text that grows is
 * coloured in the same rendering; that of a finished one afterwards, because a history may have a lot of it.
 */
export function HighlightedCode({ code, language, unfinished }: HighlightedCodeProps) {
  const known = useRef<{ language: string; colours: Coloured } | null>(null);
  const [, setLoaded] = useState<object | null>(null);
  const coloursOf = () => {
    const colouring = colouringOf?.(language);
    if (!colouring) return null;
    const before = known.current?.language === language ? known.current.colours : undefined;
    known.current = { language, colours: colouring(code, before) };
    return known.current.colours;
  };
  const grows = use(TextGrows).current;
  // Code that was coloured before grows, or has just been finished.
  const colours = unfinished || grows || known.current ? coloursOf() : null;
  const isWaiting = language !== "" && colours === null;

  // biome-ignore lint/correctness/useExhaustiveDependencies: other code has other colours
  useEffect(() => {
    if (!isWaiting) return;
    let wanted = true;
    load().then(() => {
      if (!wanted || !colouringOf?.(language)) return;
      known.current ??= { language, colours: NOTHING };
      setLoaded({});
    }, console.warn);
    return () => {
      wanted = false;
    };
  }, [isWaiting, language, code]);

  if (!colours) return <code>{code}</code>;
  return (
    <code>
      {colours.settled.map((segment, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: settled segments keep their places
        <DrawnSegment key={index} nodes={segment.nodes} />
      ))}
      <DrawnSegment key={colours.settled.length} nodes={colours.last.nodes} />
    </code>
  );
}

const NOTHING: Coloured = { settled: [], last: { text: "", nodes: [] } };
