import type { ReactNode } from "react";
import { type Match, match } from "./match";

export const KINDS = ["recent", "commands", "sessions", "personas", "models"] as const;
export type Kind = (typeof KINDS)[number];

/** Something that can be chosen in the palette. */
export interface Item {
  /** Names it in the list of what was chosen last. */
  id: string;
  kind: Exclude<Kind, "recent">;
  title: string;
  /** Other names by which it is found. */
  others?: readonly string[];
  detail?: string;
  icon: ReactNode;
  /** The labels of its keys. */
  keys?: readonly string[];
  /** Whether it is what is used now. */
  chosen?: boolean;
  run: () => void;
}

export interface Offer extends Match {
  item: Item;
}

export interface Group {
  kind: Kind;
  offers: Offer[];
}

const MOST_RECENT = 4;
/** Conversations that are shown before anything is typed. */
const FEW = 5;
const MOST = 8;

const plain = (item: Item): Offer => ({ item, score: 0, ranges: [] });

/** What is offered before anything is typed: what was chosen last, then some of each kind, without what is open. */
function unasked(items: readonly Item[], recent: readonly string[]): Group[] {
  const byId = new Map(items.map((item) => [item.id, item]));
  const last = recent.flatMap((id) => byId.get(id) ?? []).slice(0, MOST_RECENT);
  const rest = items.filter((item) => !last.includes(item));
  const of = (kind: Kind) => rest.filter((item) => item.kind === kind);
  const groups: [Kind, Item[]][] = [
    ["recent", last],
    [
      "sessions",
      of("sessions")
        .filter(({ chosen }) => !chosen)
        .slice(0, FEW),
    ],
    ["commands", of("commands")],
    ["personas", of("personas")],
    ["models", of("models")],
  ];
  return groups.map(([kind, some]) => ({ kind, offers: some.map(plain) }));
}

/** Returns the items that fit a query, by kind: first the kind with the best one. `recent`: ids, the last one first. */
export function offersFor(
  query: string,
  items: readonly Item[],
  recent: readonly string[] = [],
): Group[] {
  if (!query.trim()) return unasked(items, recent).filter(({ offers }) => offers.length > 0);
  const placeOf = ({ id }: Item) => {
    const place = recent.indexOf(id);
    return place < 0 ? recent.length : place;
  };
  const offers = items
    .flatMap((item) => {
      const found = match(query, item.title, item.others);
      return found ? [{ item, ...found }] : [];
    })
    .sort((a, b) => b.score - a.score || placeOf(a.item) - placeOf(b.item));
  const best = (group: Group) => group.offers[0]?.score ?? 0;
  return KINDS.map((kind) => ({
    kind,
    offers: offers.filter(({ item }) => item.kind === kind).slice(0, MOST),
  }))
    .filter(({ offers }) => offers.length > 0)
    .sort((a, b) => best(b) - best(a));
}

/** Returns the ids after one was chosen. */
export const withChosen = (recent: readonly string[], id: string, most = 8): string[] =>
  [id, ...recent.filter((one) => one !== id)].slice(0, most);
