import { note } from "./evidence";

/** Milliseconds without an answer after which the server counts as silent, and after which a request is given up. */
const SLOW = 10_000;
const LOST = 45_000;

export interface Deadline {
  signal: AbortSignal;
  end: () => void;
}

/** Gives a request up after 45 seconds without an answer (docs/protocol.md, section 2), or with the caller's signal. */
export function deadline(given: AbortSignal | undefined, limited: boolean): Deadline {
  const own = new AbortController();
  const abort = () => own.abort(given?.reason);
  const slow = limited ? setTimeout(() => note("slow"), SLOW) : undefined;
  const lost = limited ? setTimeout(() => own.abort(), LOST) : undefined;
  if (given?.aborted) abort();
  given?.addEventListener("abort", abort);
  return {
    signal: own.signal,
    end() {
      clearTimeout(slow);
      clearTimeout(lost);
      given?.removeEventListener("abort", abort);
    },
  };
}
