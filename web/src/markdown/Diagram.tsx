import { type CSSProperties, memo, type ReactNode, useEffect, useState } from "react";
import { CopyButton } from "../components/ui/CopyButton";
import { useI18n } from "../i18n/useI18n";
import { useDarkness } from "../state/useTheme";
import type { Drawing } from "./draw";
import { ScrollBox } from "./ScrollBox";

interface DiagramProps {
  source: string;
  /** Shown until the diagram is drawn, or if it cannot be drawn. */
  otherwise: ReactNode;
}

/** A Mermaid diagram as an image, which runs no scripts, has no links and fetches nothing. */
export const Diagram = memo(
  function Diagram({ source, otherwise }: DiagramProps) {
    const { t } = useI18n();
    const dark = useDarkness();
    const [drawing, setDrawing] = useState<(Drawing & { dark: boolean }) | null>(null);

    useEffect(() => {
      let wanted = true;
      import("./draw")
        .then(({ draw }) => draw(source, dark))
        .then(
          (drawn) => wanted && setDrawing({ ...drawn, dark }),
          () => wanted && setDrawing(null),
        );
      return () => {
        wanted = false;
      };
    }, [source, dark]);

    if (!drawing) return otherwise;
    return (
      <figure className="diagram">
        <figcaption>
          <span>{t.diagram}</span>
          <CopyButton label={t.copyCode} text={() => source} testId="copy-code" />
        </figcaption>
        <ScrollBox label={t.diagram}>
          <img
            src={drawing.address}
            width={drawing.width}
            height={drawing.height}
            style={{ "--natural-width": `${drawing.width}px` } as CSSProperties}
            data-dark={drawing.dark}
            alt={source}
          />
        </ScrollBox>
      </figure>
    );
  },
  (one, other) => one.source === other.source,
);
