import type { Fault } from "../api/fault";
import type { StreamState } from "../api/follow";
import type { SequencedEvent } from "../api/sse";

/** What the tab that reads a turn sends to the others. */
export type TabMessage =
  /** `after`: the number of the event before it. Numbers between the two were merged into this one. */
  | { type: "event"; received: SequencedEvent; after: number }
  | { type: "connection"; state: StreamState; refusal: Fault | null }
  | { type: "over" }
  | { type: "beat"; visible: boolean; seq: number }
  /** Answers a beat, so that the reading tab sends events only where another one listens. */
  | { type: "here" };

export interface TurnChannel {
  send: (message: TabMessage) => void;
  close: () => void;
}

export function openTurnChannel(
  turnId: string,
  onMessage: (message: TabMessage) => void,
): TurnChannel {
  const channel = new BroadcastChannel(`holdfast.turn.${turnId}`);
  channel.onmessage = ({ data }: MessageEvent<TabMessage>) => onMessage(data);
  return {
    send: (message) => channel.postMessage(message),
    close: () => channel.close(),
  };
}
