import type { TurnEvent } from "../api/types";

export interface Heard {
  event: TurnEvent;
  seq: number;
}

/** Faster than this nobody reads; every rendering costs a style and layout of the page. */
const PACE = 120;
/** The share of the time that rendering may take: a costly block is rendered less often. */
const SHARE = 1 / 12;

const isText = ({ event }: Heard) => event.type === "chunk" || event.type === "thinking";

export interface Pace {
  hear: (heard: Heard) => void;
  stop: () => void;
}

/** Gives a stream's words out together, a few times a second; whatever changes the state goes out at once. */
export function paced(tell: (heard: Heard[]) => void, now = () => performance.now()): Pace {
  let waiting: Heard[] = [];
  let next = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;

  function flush() {
    clearTimeout(timer);
    timer = undefined;
    if (waiting.length === 0) return;
    const told = waiting;
    waiting = [];
    const begun = now();
    tell(told);
    const ended = now();
    next = ended + Math.max(PACE, (ended - begun) / SHARE);
  }

  return {
    hear(heard) {
      waiting.push(heard);
      const wait = next - now();
      if (!isText(heard) || wait <= 0) flush();
      else timer ??= setTimeout(flush, wait);
    },
    stop() {
      clearTimeout(timer);
      timer = undefined;
      waiting = [];
    },
  };
}
