import type { TurnEvent } from "./schemas";

export interface SequencedEvent {
  event: TurnEvent;
  seq: number;
}

export function seqOf(eventId: string): number {
  const seq = Number(eventId.slice(eventId.lastIndexOf(":") + 1));
  return Number.isInteger(seq) ? seq : 0;
}

export function parseEvent(data: string): TurnEvent | null {
  try {
    return JSON.parse(data) as TurnEvent;
  } catch {
    return null;
  }
}

/** Returns the turn's events in a whole body of server-sent events (docs/protocol.md, section 4). A last block without an end is left out. */
export function eventsIn(body: string): SequencedEvent[] {
  const blocks = body.replace(/\r\n?/g, "\n").split("\n\n").slice(0, -1);
  return blocks.flatMap((block) => {
    const lines = block.split("\n");
    const field = (name: string) =>
      lines.find((line) => line.startsWith(`${name}:`))?.replace(/^[^:]*: ?/, "");
    const event = field("event") === undefined ? parseEvent(field("data") ?? "") : null;
    return event ? [{ event, seq: seqOf(field("id") ?? "") }] : [];
  });
}
