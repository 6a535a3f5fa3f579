import { useId, useRef, useState } from "react";
import type { Message } from "../api/schemas";
import type { Catalogue } from "../i18n/catalogue";
import { useI18n } from "../i18n/useI18n";
import { lostConnectionsOf } from "../state/lostConnections";
import { costOf, useModelName, useModelPrice } from "../state/models";
import { InfoIcon } from "./ui/icons";
import { placePopover } from "./ui/popoverPosition";

interface ReplyFactsProps {
  message: Message;
  persona: string;
}

/** Details of a reply in a popover: persona, model, duration, tokens, cost, time, and what it survived. */
export function ReplyFacts({ message, persona }: ReplyFactsProps) {
  const { t, locale } = useI18n();
  const nameOf = useModelName();
  const price = useModelPrice()(message.model ?? "");
  const id = useId();
  const [open, setOpen] = useState(false);
  const button = useRef<HTMLButtonElement>(null);
  const panel = useRef<HTMLDivElement>(null);

  const onToggle = (event: { newState: string }) => {
    setOpen(event.newState === "open");
    if (event.newState === "open" && panel.current && button.current)
      placePopover(panel.current, button.current, "start");
  };

  return (
    <>
      <button
        ref={button}
        type="button"
        className="icon-button small"
        aria-label={t.facts}
        title={t.facts}
        aria-expanded={open}
        popoverTarget={id}
        data-testid="facts"
        onClick={() => setOpen(true)}
      >
        <InfoIcon size={16} />
      </button>
      <div ref={panel} id={id} className="menu facts" popover="auto" onToggle={onToggle}>
        {open && <FactList rows={rowsOf(message, persona, nameOf, price, t, locale)} />}
      </div>
    </>
  );
}

type Row = [name: string, value: string];
type Price = ReturnType<ReturnType<typeof useModelPrice>>;

function rowsOf(
  { usage, seconds, model, asked_model: asked, timestamp, turn_id, lost_workers = 0 }: Message,
  persona: string,
  nameOf: (modelId: string) => string,
  price: Price,
  t: Catalogue,
  locale: string,
): Row[] {
  const count = (value: number) => value.toLocaleString(locale);
  const when = new Date(timestamp * 1000);
  const rows: Row[] = [];
  if (persona) rows.push([t.persona, persona]);
  const name = nameOf(model ?? "");
  const steppedIn = asked && asked !== model;
  if (model) rows.push([t.model, steppedIn ? t.steppedInFor(name, nameOf(asked)) : name]);
  if (seconds !== undefined) rows.push([t.duration, durationOf(seconds, t, count)]);
  if (usage)
    rows.push([t.tokens, t.tokenCount(count(usage.prompt_tokens), count(usage.completion_tokens))]);
  const cost = usage && price ? costOf(price, usage) : null;
  if (cost !== null && price) rows.push([t.cost, t.about(moneyOf(cost, price.currency, locale))]);
  rows.push([t.time, when.toLocaleString(locale, { dateStyle: "medium", timeStyle: "short" })]);
  const lost = t.goingOn.losses(lostConnectionsOf(turn_id), lost_workers);
  if (lost) rows.push([t.goingOn.survived, lost]);
  return rows;
}

/** Two digits count, however small the amount. */
const moneyOf = (amount: number, currency: string, locale: string) =>
  amount.toLocaleString(locale, { style: "currency", currency, maximumSignificantDigits: 2 });

function durationOf(seconds: number, t: Catalogue, count: (value: number) => string): string {
  if (seconds < 0.1) return t.instant;
  return t.seconds(seconds < 10 ? seconds.toFixed(1) : count(Math.round(seconds)));
}

function FactList({ rows }: { rows: Row[] }) {
  return (
    <dl data-testid="fact-list">
      {rows.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
