import { describe, expect, it } from "vitest";
import { addressOf, sessionIn } from "./useRoute";

describe("addresses", () => {
  it.each([
    ["/", null],
    ["/s/0b1c-2", "0b1c-2"],
    ["/s/0b1c-2/", "0b1c-2"],
    ["/s/", null],
    ["/s/../etc", null],
    ["/elsewhere", null],
  ])("%s is session %s", (path, sessionId) => expect(sessionIn(path)).toBe(sessionId));

  it("come back as they were", () => expect(sessionIn(addressOf("a-b"))).toBe("a-b"));
});
