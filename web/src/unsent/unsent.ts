import type { Fault } from "../api/fault";
import type { StoredFile } from "../api/schemas";
import { recall, remember } from "../lib/storage";
import { createStore } from "../state/store";

/** A question that could not be sent, and is sent by itself once the server can be reached. */
export interface Unsent {
  /** The idempotency key of all tries. */
  key: string;
  /** The session; null for a new chat, until its session exists. */
  place: string | null;
  text: string;
  files: readonly StoredFile[];
  role?: string | undefined;
  model?: string | undefined;
  thinking?: boolean | undefined;
  /** Why the server refused it; then it waits for the reader, or for the time at which it may be sent again. */
  fault: Fault | null;
}

export type UnsentChange =
  | { type: "add"; question: Unsent }
  | { type: "remove"; key: string }
  | { type: "reword"; key: string; text: string }
  /** The session of the new chat exists. */
  | { type: "begun"; sessionId: string }
  | { type: "refused"; key: string; fault: Fault }
  /** `fresh`: the key for what an earlier try with other words has used up. */
  | { type: "again"; key: string; fresh: string }
  | { type: "forget"; place: string };

/** The server has answered a question under this key, which had another text then. */
export const KEY_USED = "idempotency_key_reused";

export function reduceUnsent(list: readonly Unsent[], change: UnsentChange): readonly Unsent[] {
  switch (change.type) {
    case "add":
      return list.some(({ key }) => key === change.question.key)
        ? list
        : [...list, change.question];
    case "remove":
      return list.filter(({ key }) => key !== change.key);
    case "reword":
      return withOne(list, change.key, { text: change.text, fault: null });
    case "begun":
      return list.map((one) => (one.place === null ? { ...one, place: change.sessionId } : one));
    case "refused":
      return withOne(list, change.key, { fault: change.fault });
    case "again":
      return list.map((one) => (one.key === change.key ? sendable(one, change.fresh) : one));
    case "forget":
      return list.filter(({ place }) => place !== change.place);
  }
}

const withOne = (list: readonly Unsent[], key: string, part: Partial<Unsent>) =>
  list.map((one) => (one.key === key ? { ...one, ...part } : one));

const sendable = (one: Unsent, fresh: string): Unsent => ({
  ...one,
  key: one.fault?.code === KEY_USED ? fresh : one.key,
  fault: null,
});

/** Returns the question to be sent next: in each conversation only the first, so that they arrive in order. */
export function nextOf(list: readonly Unsent[], now: number): Unsent | null {
  const seen = new Set<string | null>();
  for (const one of list) {
    if (!seen.has(one.place) && isDue(one, now)) return one;
    seen.add(one.place);
  }
  return null;
}

const isDue = ({ fault }: Unsent, now: number) =>
  fault === null || (fault.retryAt !== undefined && fault.retryAt <= now);

/** Returns the milliseconds until a refused question may be sent again; null if none may by itself. */
export function waitOf(list: readonly Unsent[], now: number): number | null {
  const times = list.flatMap(({ fault }) => (fault?.retryAt === undefined ? [] : [fault.retryAt]));
  return times.length > 0 ? Math.max(0, Math.min(...times) - now) : null;
}

const NAME = "unsent";

function stored(): readonly Unsent[] {
  try {
    const list: unknown = JSON.parse(recall(NAME) ?? "[]");
    return Array.isArray(list) ? (list as Unsent[]) : [];
  } catch {
    return [];
  }
}

const kept = createStore((_: readonly Unsent[], list: readonly Unsent[]) => list, stored());

/** The questions of all conversations, as the browser keeps them for all its tabs. */
export const unsent = { get: kept.get, subscribe: kept.subscribe };

/** Changes the stored questions. Another tab may have changed them since this one read them. */
export function changeUnsent(change: UnsentChange): void {
  const list = reduceUnsent(stored(), change);
  remember(NAME, list.length > 0 ? JSON.stringify(list) : null);
  kept.dispatch(list);
}

/** Reads again what other tabs have changed. */
export const readUnsent = () => kept.dispatch(stored());
