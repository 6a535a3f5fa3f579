import { memo, useEffect, useRef, useState } from "react";
import { useI18n } from "../i18n/useI18n";
import { ScrollBox } from "./ScrollBox";

interface FormulaProps {
  source: string;
  /** Whether it is on a separate line. */
  display?: boolean;
}

/** A formula. Shows its source until KaTeX is loaded, or if it is broken. */
export const Formula = memo(function Formula({ source, display = false }: FormulaProps) {
  const { t } = useI18n();
  const host = useRef<HTMLSpanElement>(null);
  const [state, setState] = useState<"source" | "set" | "broken">("source");

  useEffect(() => {
    let wanted = true;
    import("./typeset").then(({ typeset }) => {
      if (wanted && host.current)
        setState(typeset(source, display, host.current) ? "set" : "broken");
    }, console.warn);
    return () => {
      wanted = false;
    };
  }, [source, display]);

  const shown = (
    <>
      <span ref={host} hidden={state !== "set"} />
      {state !== "set" && (
        <code className="formula-source" title={state === "broken" ? t.formulaBroken : undefined}>
          {source}
        </code>
      )}
    </>
  );
  if (!display) return <span className="formula">{shown}</span>;
  return (
    <ScrollBox className="formula display" label={t.formula}>
      {shown}
    </ScrollBox>
  );
});
