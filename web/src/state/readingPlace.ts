/** Where a conversation is read: at its end, or at a message, or at the first one if it has no id yet. */
export type ReadingPlace =
  | "end"
  | { id: string /** Pixels from the box's top to the message's. */; offset: number };

/** The places of this tab's sessions, the one used last at the end. */
export type ReadingPlaces = readonly (readonly [sessionId: string, place: ReadingPlace])[];

/** Sessions whose places are kept. */
const MOST = 60;

export function withPlace(
  places: ReadingPlaces,
  sessionId: string,
  place: ReadingPlace,
): ReadingPlaces {
  const others = places.filter(([id]) => id !== sessionId);
  return [...others, [sessionId, place] as const].slice(-MOST);
}

export const placeOf = (places: ReadingPlaces, sessionId: string): ReadingPlace | null =>
  places.find(([id]) => id === sessionId)?.[1] ?? null;

/** Reads stored places. Returns those that it understands. */
export function readPlaces(stored: string | null): ReadingPlaces {
  try {
    const given: unknown = JSON.parse(stored ?? "[]");
    return Array.isArray(given) ? given.filter(isEntry) : [];
  } catch {
    return [];
  }
}

function isEntry(entry: unknown): entry is [string, ReadingPlace] {
  if (!Array.isArray(entry) || typeof entry[0] !== "string") return false;
  const place: Partial<Record<"id" | "offset", unknown>> | "end" | null = entry[1];
  if (place === "end") return true;
  return typeof place?.id === "string" && Number.isFinite(place.offset);
}

/** A row of the conversation, seen from the top of the box. */
export interface Row {
  id: string;
  top: number;
}

/**
 * Returns the place of a reader whose box shows these rows: by the last row with an id that begins above the box's upper
 * edge, otherwise by the first one.
 */
export function placeAmong(rows: number, row: (index: number) => Row): ReadingPlace {
  let low = 0;
  for (let high = rows; low < high; ) {
    const middle = (low + high) >> 1;
    if (row(middle).top <= 0) low = middle + 1;
    else high = middle;
  }
  for (let index = low - 1; index >= 0; index -= 1) {
    const { id, top } = row(index);
    if (id) return { id, offset: top };
  }
  const first = rows > 0 ? row(0) : { id: "", top: 0 };
  return { id: first.id, offset: first.top };
}
