import { describe, expect, it } from "vitest";
import { addressOf, placeAt } from "./useRoute";

describe("addresses", () => {
  it.each([
    ["/", null, false],
    ["/index.html", null, false],
    ["/s/0b1c-2", "0b1c-2", false],
    ["/s/0b1c-2/", "0b1c-2", false],
    ["/s/", null, true],
    ["/s/../etc", null, true],
    ["/elsewhere", null, true],
  ])("%s is session %s, nowhere: %s", (path, sessionId, nowhere) =>
    expect(placeAt(path)).toEqual({ sessionId, nowhere }),
  );

  it("come back as they were", () => {
    expect(placeAt(addressOf("a-b")).sessionId).toBe("a-b");
    expect(placeAt(addressOf(null))).toEqual({ sessionId: null, nowhere: false });
  });
});
