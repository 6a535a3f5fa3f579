/** A lock of this origin that this tab holds, or waits for. */
export interface Hold {
  /** Releases the lock, or ends the waiting. */
  release: () => void;
}

interface Wanted {
  /** Takes the lock from its holder, which is notified. */
  steal?: boolean;
  onHeld: () => void;
  /** Another tab has taken the lock. */
  onLost: () => void;
}

/** Whether this browser has Web Locks and BroadcastChannel; the former only in secure contexts. */
export const canShare = () =>
  typeof navigator.locks?.request === "function" && typeof BroadcastChannel === "function";

/** Waits for a lock, and holds it until it is released or stolen. */
export function waitForLock(name: string, { steal = false, onHeld, onLost }: Wanted): Hold {
  const waiting = new AbortController();
  let held = false;
  let done = false;
  let finish: () => void = () => {};
  // A request that steals cannot be aborted: it is granted at once.
  const options: LockOptions = steal ? { steal } : { signal: waiting.signal };
  navigator.locks
    .request(name, options, () => {
      if (done) return;
      held = true;
      onHeld();
      return new Promise<void>((resolve) => {
        finish = resolve;
      });
    })
    .catch(() => {
      if (held && !done) onLost();
    });
  return {
    release() {
      done = true;
      waiting.abort();
      finish();
    },
  };
}

/** Takes one of some locks if one is free. Resolves to null if none is. */
export async function takeFreeLock(names: readonly string[]): Promise<Hold | null> {
  for (const name of names) {
    const hold = await takeIfFree(name);
    if (hold) return hold;
  }
  return null;
}

function takeIfFree(name: string): Promise<Hold | null> {
  return new Promise((resolve) => {
    const request = navigator.locks.request(name, { ifAvailable: true }, (lock) => {
      if (!lock) return resolve(null);
      return new Promise<void>((finish) => resolve({ release: finish }));
    });
    request.catch(() => resolve(null));
  });
}
