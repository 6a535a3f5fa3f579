import { useI18n } from "../i18n/useI18n";
import { markedParts } from "../lib/marked";
import type { Item } from "./items";

/** A row of the list: an item, or (without a kind) a result of the server's search. */
export interface Row extends Omit<Item, "kind"> {
  kind?: Item["kind"];
  ranges: readonly (readonly number[])[];
  excerpt?: { text: string; ranges: readonly (readonly number[])[] };
}

interface OptionProps {
  id: string;
  row: Row;
  active: boolean;
  onPoint: () => void;
  onChoose: () => void;
}

function Marked({ text, ranges }: { text: string; ranges: Row["ranges"] }) {
  return markedParts(text, ranges).map((part, index) =>
    // biome-ignore lint/suspicious/noArrayIndexKey: the parts of a text never change
    part.marked ? <mark key={index}>{part.text}</mark> : part.text,
  );
}

/** An option of the palette. The field keeps the focus, and its keys choose. */
export function Option({ id, row, active, onPoint, onChoose }: OptionProps) {
  const { t } = useI18n();
  const { title, detail, icon, keys, chosen, excerpt } = row;
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the keys are those of the field
    // biome-ignore lint/a11y/useFocusableInteractive: the field names the active option
    <div
      id={id}
      className="palette-option"
      role="option"
      aria-selected={active}
      data-testid="palette-option"
      data-id={row.id}
      onPointerMove={active ? undefined : onPoint}
      onPointerDown={(event) => event.preventDefault()}
      onClick={onChoose}
    >
      <span className="palette-icon" aria-hidden="true">
        {icon}
      </span>
      <span className="palette-text">
        <span className="palette-title" dir="auto">
          <Marked text={title} ranges={row.ranges} />
        </span>
        {excerpt && (
          <span className="palette-excerpt" dir="auto">
            <Marked {...excerpt} />
          </span>
        )}
      </span>
      {detail && (
        <span className="palette-detail" dir="auto">
          {detail}
        </span>
      )}
      {chosen && <span className="badge">{t.palette.current}</span>}
      {keys && (
        <span className="palette-kbd">
          {keys.map((key) => (
            <kbd key={key}>{key}</kbd>
          ))}
        </span>
      )}
    </div>
  );
}
