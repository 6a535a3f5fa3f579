import { beforeEach, describe, expect, it } from "vitest";
import { claimKnown, forgetKnown, keepKnown, recallKnown } from "./lastKnown";

describe("what is known", () => {
  beforeEach(() => {
    claimKnown("alice");
    keepKnown("history", "s", { messages: ["hi"] });
  });

  it("is there for its place only, until it is forgotten", () => {
    expect(recallKnown("history", "s")).toEqual({ messages: ["hi"] });
    expect(recallKnown("history", "other")).toBeNull();
    forgetKnown("history");
    expect(recallKnown("history", "s")).toBeNull();
  });

  it("stays for the same user, and goes with another one", () => {
    claimKnown("alice");
    expect(recallKnown("history", "s")).not.toBeNull();
    claimKnown("bob");
    expect(recallKnown("history", "s")).toBeNull();
  });

  it("is not what is too large to keep, nor what was there before it", () => {
    keepKnown("history", "s", "x".repeat(1_000_001));
    expect(recallKnown("history", "s")).toBeNull();
  });
});
