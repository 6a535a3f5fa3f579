import type { SequencedEvent } from "./sse";

/** What a reader of a turn's events reports. */
export interface EventSink {
  /** The connection is open, or shows that it is alive. */
  onSign: () => void;
  onEvent: (received: SequencedEvent) => void;
  /** The connection is lost; `closed`: the reader does not come back by itself. */
  onBroken: (closed: boolean) => void;
  /** Nothing came for too long. */
  onStale: () => void;
  /** Neither this connection nor another request gets an answer. */
  onSilent: () => void;
  /** Other requests are answered, but the stream's beginning does not arrive: something on the way holds it back. */
  onHeldBack: () => void;
}

export interface EventReader {
  close: () => void;
}
