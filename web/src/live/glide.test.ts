import { describe, expect, it } from "vitest";
import {
  edgesOf,
  ended,
  type Glide,
  glideFrom,
  grown,
  isSettled,
  moved,
  rebased,
  STEPS,
} from "./glide";

const FRAME = 16;

/** Lets text arrive at the given times, and returns the state after each frame. */
function play(arrivals: Record<number, number>, until: number, endAt = Number.POSITIVE_INFINITY) {
  let glide = glideFrom(0, 0);
  const frames: Glide[] = [];
  for (let now = 0; now <= until; now += 1) {
    const total = arrivals[now];
    if (total !== undefined) glide = grown(glide, total, now);
    if (now === endAt) glide = ended(glide, now);
    if (now % FRAME === 0) {
      glide = moved(glide, now);
      frames.push(glide);
    }
  }
  return frames;
}

const steady = Object.fromEntries(Array.from({ length: 30 }, (_, n) => [n * 240, (n + 1) * 48]));

describe("a gliding text", () => {
  it("appears evenly at the pace at which it arrives in lumps", () => {
    const frames = play(steady, 3_000).slice(40);
    const steps = frames.slice(1).map((frame, n) => frame.shown - (frames[n]?.shown ?? 0));
    const pace = (48 / 240) * FRAME;
    expect(Math.min(...steps)).toBeGreaterThan(pace * 0.7);
    expect(Math.max(...steps)).toBeLessThan(pace * 1.3);
  });

  it("is never more than half a second behind, whatever the burst", () => {
    const frames = play({ 0: 5, 100: 20_000 }, 620);
    expect(frames.at(1)?.shown).toBeLessThan(20_000);
    expect(isSettled(frames.at(-1) as Glide)).toBe(true);
    const before = frames.find(({ at }) => at > 300) as Glide;
    expect(before.shown).toBeGreaterThan(5_000);
    expect(before.shown).toBeLessThan(20_000);
  });

  it("is there within 300 ms after the end", () => {
    const frames = play({ 0: 5, 1000: 900 }, 1_310, 1_010);
    expect(isSettled(frames.at(-1) as Glide)).toBe(true);
    expect(isSettled(frames.find(({ at }) => at > 1_010) as Glide)).toBe(false);
  });

  it("is whole in the first frame after a long rest, as in a hidden tab", () => {
    let glide = grown(glideFrom(0, 0), 500, 10);
    glide = moved(glide, 60_000);
    expect(glide.shown).toBe(500);
  });

  it("does not skip the words that come after a rest", () => {
    let glide = grown(glideFrom(0, 0), 10, 0);
    for (let now = 0; now < 600; now += FRAME) glide = moved(glide, now);
    glide = moved(grown(glide, 40, 10_000), 10_016);
    expect(glide.shown).toBeLessThan(14);
  });

  it("fades at its edge", () => {
    const edges = edgesOf(play(steady, 1_500).at(-1) as Glide);
    expect(edges).toHaveLength(STEPS + 1);
    expect(edges).toEqual([...edges].sort((a, b) => a - b));
    expect((edges.at(-1) as number) - (edges[0] as number)).toBeGreaterThan(15);
  });

  it("has appeared as far as it goes when it becomes shorter", () => {
    const glide = grown(play(steady, 1_500).at(-1) as Glide, 10, 1_500);
    expect(glide.shown).toBe(10);
    expect(isSettled(moved(glide, 1_516))).toBe(true);
  });

  it("keeps what has not appeared when its origin moves", () => {
    const glide = play(steady, 1_500).at(-1) as Glide;
    const moved = rebased(glide, 100);
    expect(moved.total - moved.shown).toBe(glide.total - glide.shown);
    expect(edgesOf(moved)).toEqual(edgesOf(glide).map((edge) => edge - 100));
  });
});
