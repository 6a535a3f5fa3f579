/** Milliseconds after its arrival by which text begins to appear. */
const BEGINS_WITHIN = 300;
/** Milliseconds in which it becomes opaque. */
const FADE = 160;
/** Milliseconds within which all is opaque once the reply has ended. */
const ENDS_WITHIN = 240;

/** Steps of the fade: text in each of them is less opaque than in the one before. */
export const STEPS = 4;

interface Mark {
  at: number;
  position: number;
}

/**
 * How far a growing text has appeared. Positions are numbers of characters, times milliseconds. `arrivals` are the ends
 * of the pieces that have not appeared yet, by their deadlines; `trail` the last positions, for the fade.
 */
export interface Glide {
  total: number;
  shown: number;
  at: number;
  arrivals: readonly Mark[];
  trail: readonly Mark[];
}

export const glideFrom = (total: number, now: number): Glide => ({
  total,
  shown: total,
  at: now,
  arrivals: [],
  trail: [{ at: now - FADE, position: total }],
});

/** Notes that the text has `total` characters now. A shorter one has appeared as far as it goes. */
export function grown(glide: Glide, total: number, now: number): Glide {
  if (total === glide.total) return glide;
  if (total > glide.total) {
    const arrivals = [...glide.arrivals, { at: now + BEGINS_WITHIN, position: total }];
    // After a rest the first frame must not make up for it.
    const at = glide.arrivals.length === 0 ? now : glide.at;
    return { ...glide, total, at, arrivals };
  }
  const cut = (marks: readonly Mark[]) =>
    marks.map(({ at, position }) => ({ at, position: Math.min(position, total) }));
  const shown = Math.min(glide.shown, total);
  return { ...glide, total, shown, arrivals: cut(glide.arrivals), trail: cut(glide.trail) };
}

/** Notes that no more text comes, so that the rest appears sooner. */
export function ended(glide: Glide, now: number): Glide {
  const soon = now + ENDS_WITHIN - FADE;
  const arrivals = glide.arrivals.map(({ at, position }) => ({ at: Math.min(at, soon), position }));
  return { ...glide, arrivals };
}

/** Moves on to a frame: as slowly and evenly as all deadlines permit. */
export function moved(glide: Glide, now: number): Glide {
  const { shown, at, arrivals } = glide;
  const speed = Math.max(
    0,
    ...arrivals.map((due) => (due.position - shown) / Math.max(1, due.at - at)),
  );
  const next = arrivals.reduce(
    (least, due) => (due.at <= now ? Math.max(least, due.position) : least),
    Math.min(glide.total, shown + speed * Math.max(0, now - at)),
  );
  const trail = [...glide.trail, { at: now, position: next }];
  const old = trail.findLastIndex((mark) => mark.at <= now - FADE);
  return {
    ...glide,
    shown: next,
    at: now,
    arrivals: arrivals.filter(({ position }) => position > next),
    trail: trail.slice(Math.max(0, old)),
  };
}

/** Whether all is opaque. */
export const isSettled = ({ total, trail }: Glide) => (trail[0]?.position ?? total) >= total;

/**
 * Returns the ends of the opaque text and of each step of the fade: STEPS + 1 positions that do not decrease. What is
 * behind the last one has not appeared.
 */
export function edgesOf({ shown, trail, at }: Glide): number[] {
  const positionAt = (time: number) =>
    trail.findLast((mark) => mark.at <= time)?.position ?? trail[0]?.position ?? shown;
  return Array.from({ length: STEPS + 1 }, (_, step) => positionAt(at - FADE * (1 - step / STEPS)));
}

/** Moves the origin of all positions on by that many characters, which have appeared. */
export function rebased(glide: Glide, by: number): Glide {
  if (by === 0) return glide;
  const less = (marks: readonly Mark[]) =>
    marks.map(({ at, position }) => ({ at, position: Math.max(0, position - by) }));
  const { total, shown, arrivals, trail } = glide;
  return {
    ...glide,
    total: Math.max(0, total - by),
    shown: Math.max(0, shown - by),
    arrivals: less(arrivals),
    trail: less(trail),
  };
}
