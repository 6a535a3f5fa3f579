import { describe, expect, it } from "vitest";
import { KEY_USED, nextOf, reduceUnsent, type Unsent, type UnsentChange, waitOf } from "./unsent";

const one = (key: string, place: string | null = "s", more: Partial<Unsent> = {}): Unsent => ({
  key,
  place,
  text: key,
  files: [],
  fault: null,
  ...more,
});
const fault = (code: string, retryAt?: number) => ({
  code,
  detail: "",
  retryable: true,
  ...(retryAt ? { retryAt } : {}),
});
const changed = (list: Unsent[], ...changes: UnsentChange[]) => changes.reduce(reduceUnsent, list);

describe("reduceUnsent", () => {
  it("adds a question once", () => {
    const add = { type: "add", question: one("a") } as const;
    expect(changed([], add, add)).toHaveLength(1);
  });

  it("gives all questions of a new chat its session", () => {
    const list = changed([one("a", null), one("b", "other"), one("c", null)], {
      type: "begun",
      sessionId: "s",
    });
    expect(list.map(({ place }) => place)).toEqual(["s", "other", "s"]);
  });

  it("keeps the key of a question whose text changes", () => {
    const list = changed([one("a", "s", { fault: fault("message_too_long") })], {
      type: "reword",
      key: "a",
      text: "shorter",
    });
    expect(list).toEqual([one("a", "s", { text: "shorter" })]);
  });

  it("takes a new key only where the old one was used", () => {
    const again = { type: "again", key: "a", fresh: "b" } as const;
    expect(changed([one("a", "s", { fault: fault("quota_reached") })], again)[0]?.key).toBe("a");
    expect(changed([one("a", "s", { fault: fault(KEY_USED) })], again)[0]?.key).toBe("b");
  });
});

describe("nextOf", () => {
  it("is the first of a conversation, also where that was refused", () => {
    expect(nextOf([one("a"), one("b")], 0)?.key).toBe("a");
    expect(nextOf([one("a", "s", { fault: fault("quota_reached") }), one("b")], 0)).toBeNull();
  });

  it("is of another conversation where one has to wait", () => {
    const list = [one("a", "s", { fault: fault("rate_limited", 50) }), one("b"), one("c", null)];
    expect(nextOf(list, 0)?.key).toBe("c");
    expect(nextOf(list, 50)?.key).toBe("a");
  });
});

describe("waitOf", () => {
  it("is the time until the first that may be sent again", () => {
    expect(waitOf([one("a")], 0)).toBeNull();
    const refused = (at: number) => one(String(at), String(at), { fault: fault("x", at) });
    expect(waitOf([refused(90), refused(70)], 20)).toBe(50);
    expect(waitOf([refused(10)], 20)).toBe(0);
  });
});
