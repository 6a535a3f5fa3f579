import { describe, expect, it } from "vitest";
import {
  hasListeners,
  hasMissed,
  NO_STANDING,
  reduceStanding,
  type Standing,
  type StandingEvent,
  takesOver,
} from "./leadership";

const standing = (...events: StandingEvent[]): Standing =>
  events.reduce(reduceStanding, NO_STANDING);
const began = { type: "began", visible: true, now: 0 } as const;
const beat = (now: number, more = {}): StandingEvent => ({
  type: "beat",
  visible: true,
  seq: 5,
  cursor: 5,
  now,
  ...more,
});

describe("takesOver", () => {
  it("waits for a leader that beats", () => {
    expect(takesOver(standing(began), 800)).toBe(false);
    expect(takesOver(standing(began, beat(800)), 1_600)).toBe(false);
  });

  it("takes over within a second after the last beat", () => {
    expect(takesOver(standing(began, beat(800)), 1_700)).toBe(true);
  });

  it("does not wait for a leader that is hidden", () => {
    expect(takesOver(standing(began, beat(500, { visible: false })), 900)).toBe(true);
  });

  it("leaves the reading to others while it is hidden itself", () => {
    const hidden = standing(began, { type: "visible", visible: false, now: 1 });
    expect(takesOver(hidden, 60_000)).toBe(false);
    const back = reduceStanding(hidden, { type: "visible", visible: true, now: 60_000 });
    expect(takesOver(back, 60_100)).toBe(false);
    expect(takesOver(back, 61_000)).toBe(true);
  });

  it("takes nothing over while it leads, and waits again once it lost the lead", () => {
    const leading = standing(began, { type: "led" });
    expect(takesOver(leading, 60_000)).toBe(false);
    expect(takesOver(reduceStanding(leading, { type: "lost", now: 60_000 }), 60_500)).toBe(false);
  });
});

describe("hasMissed", () => {
  it("is true after two beats ahead of this tab", () => {
    const late = { cursor: 3 };
    expect(hasMissed(standing(began, beat(1, late)))).toBe(false);
    expect(hasMissed(standing(began, beat(1, late), beat(2, late)))).toBe(true);
    expect(hasMissed(standing(began, beat(1, late), beat(2, late), beat(3)))).toBe(false);
  });
});

describe("hasListeners", () => {
  const led = { type: "led" } as const;

  it("is true for a leader from the first sign of another tab to the last", () => {
    expect(hasListeners(standing(began, led), 1)).toBe(false);
    const answered = standing(began, led, { type: "answered", now: 3_000 });
    expect(hasListeners(answered, 4_900)).toBe(true);
    expect(hasListeners(answered, 5_100)).toBe(false);
  });

  it("is false for a tab that does not lead", () => {
    expect(hasListeners(standing(began, { type: "answered", now: 3_050 }), 3_100)).toBe(false);
  });
});
