import { createStore } from "./store";

interface Losses {
  /** How often this page has lost the stream of a turn. */
  count: number;
  isOpen: boolean;
}

/** By the ids of turns that this page has read. */
export type LostConnections = Readonly<Record<string, Losses>>;

export interface StreamChange {
  turnId: string;
  isOpen: boolean;
}

const NONE: Losses = { count: 0, isOpen: true };

/** Counts each change from an open stream to one that is not. */
export function reduceLostConnections(
  state: LostConnections,
  { turnId, isOpen }: StreamChange,
): LostConnections {
  const known = state[turnId] ?? NONE;
  if (known.isOpen === isOpen) return state;
  return { ...state, [turnId]: { count: known.count + (isOpen ? 0 : 1), isOpen } };
}

/** What this page knows as long as it lives: no server counts the connections that its readers lose. */
export const lostConnections = createStore(reduceLostConnections, {});

export const lostConnectionsOf = (turnId: string | undefined) =>
  (turnId && lostConnections.get()[turnId]?.count) || 0;
