import { type KeyboardEvent, useEffect, useId, useRef, useState } from "react";
import { SearchIcon } from "../components/ui/icons";
import { Modal } from "../components/ui/Modal";
import { useI18n } from "../i18n/useI18n";
import { announce } from "../lib/announce";
import type { App } from "../state/useApp";
import { offersFor } from "./items";
import { Option, type Row } from "./Option";
import { useFoundRows } from "./useFoundRows";
import { useItems } from "./useItems";
import { useRecent } from "./useRecent";

const STEPS: Record<string, number> = { ArrowDown: 1, ArrowUp: -1, PageDown: 8, PageUp: -8 };

/** Returns the place after a key: arrows go round, pages stop at the ends. */
function placeAfter(key: string, at: number, count: number): number | null {
  const step = STEPS[key];
  if (step === undefined || count === 0) return null;
  if (Math.abs(step) > 1) return Math.max(0, Math.min(count - 1, at + step));
  return (at + step + count) % count;
}

/** Finds conversations, messages, personas, models and commands by a typed text, and opens or runs them. */
export default function Palette({ app }: { app: App }) {
  const { t } = useI18n();
  const id = useId();
  const field = useRef<HTMLInputElement>(null);
  const list = useRef<HTMLDivElement>(null);
  const [query, setQuery] = useState("");
  const [chosen, setChosen] = useState<string | null>(null);
  const [recent, addRecent] = useRecent();
  const items = useItems(app);
  const { rows: found, searching } = useFoundRows(app, query, items);
  const { close } = app.palette;

  const groups = offersFor(query, items, recent).map(({ kind, offers }) => ({
    name: t.palette.kinds[kind],
    rows: offers.map(({ item, ranges }): Row => ({ ...item, ranges })),
  }));
  if (found.length > 0) groups.push({ name: t.foundMessages, rows: found });
  const rows = groups.flatMap((group) => group.rows);
  const at = Math.max(
    0,
    rows.findIndex((row) => row.id === chosen),
  );
  const active = rows[at];
  const optionId = (row: Row) => `${id}-${rows.indexOf(row)}`;

  useEffect(() => field.current?.focus(), []);
  useEffect(() => {
    if (active)
      list.current?.querySelector("[aria-selected=true]")?.scrollIntoView({ block: "nearest" });
  }, [active]);
  const said = rows.length > 0 ? t.palette.count(rows.length) : t.palette.nothing;
  useEffect(() => {
    if (query && !searching) announce(said);
  }, [query, searching, said]);

  const run = (row: Row) => {
    if (row.kind) addRecent(row.id);
    close();
    // After the focus is back, so that what runs may move it.
    setTimeout(row.run);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.nativeEvent.isComposing || event.altKey || event.ctrlKey || event.metaKey) return;
    const next = placeAfter(event.key, at, rows.length);
    if (next !== null) setChosen(rows[next]?.id ?? null);
    else if (event.key === "Enter" && active) run(active);
    else return;
    event.preventDefault();
  };

  return (
    <Modal title={t.palette.open} className="palette" onClose={close}>
      <label className="palette-field">
        <SearchIcon />
        <input
          ref={field}
          type="text"
          role="combobox"
          aria-expanded={rows.length > 0}
          aria-controls={`${id}-list`}
          aria-activedescendant={active && optionId(active)}
          aria-autocomplete="list"
          aria-label={t.palette.open}
          placeholder={t.palette.placeholder}
          data-testid="palette-field"
          autoComplete="off"
          spellCheck={false}
          maxLength={200}
          dir="auto"
          value={query}
          onChange={(event) => {
            setQuery(event.target.value);
            setChosen(null);
          }}
          onKeyDown={onKeyDown}
        />
      </label>
      <div
        ref={list}
        id={`${id}-list`}
        className="palette-list"
        role="listbox"
        aria-label={t.palette.results}
        data-testid="palette-list"
      >
        {groups.map(({ name, rows }, index) => (
          // biome-ignore lint/a11y/useSemanticElements: a fieldset has no place in a list box
          <div key={name} role="group" aria-labelledby={`${id}-group-${index}`}>
            <div id={`${id}-group-${index}`} className="palette-group" role="presentation">
              {name}
            </div>
            {rows.map((row) => (
              <Option
                key={row.id}
                id={optionId(row)}
                row={row}
                active={row === active}
                onPoint={() => setChosen(row.id)}
                onChoose={() => run(row)}
              />
            ))}
          </div>
        ))}
      </div>
      {searching && <p className="palette-note">{t.searching}</p>}
      {rows.length === 0 && !searching && (
        <p className="palette-note" data-testid="palette-nothing">
          {t.palette.nothing}
        </p>
      )}
      <p className="palette-keys">{t.palette.keysHint}</p>
    </Modal>
  );
}
