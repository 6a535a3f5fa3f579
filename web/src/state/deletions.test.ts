import { describe, expect, it } from "vitest";
import type { Session } from "../api/schemas";
import { type DeletionAction, isDeleted, reduceDeletions, waitingOf } from "./deletions";

const session = (session_id: string) => ({ session_id, title: session_id }) as Session;
const removed = (id: string) => ({ type: "removed", session: session(id) }) as const;
const reduced = (...actions: DeletionAction[]) => actions.reduce(reduceDeletions, []);
const waiting = (...actions: DeletionAction[]) =>
  waitingOf(reduced(...actions)).map(({ session_id }) => session_id);

describe("reduceDeletions", () => {
  it("takes several sessions out of the list, one after the other", () => {
    const both = reduced(removed("a"), removed("b"));
    expect(["a", "b", "c", null].map((id) => isDeleted(both, id))).toEqual([
      true,
      true,
      false,
      false,
    ]);
    expect(waiting(removed("a"), removed("b"))).toEqual(["a", "b"]);
  });

  it("undoes pending deletions, and none that was sent to the server", () => {
    const state = reduced(removed("a"), { type: "asked" }, removed("b"), { type: "undone" });
    expect([isDeleted(state, "a"), isDeleted(state, "b")]).toEqual([true, false]);
  });

  it("keeps a session out of the list after the server has confirmed", () => {
    const state = reduced(removed("a"), { type: "asked" }, { type: "gone", sessionId: "a" });
    expect(isDeleted(state, "a")).toBe(true);
    expect(waitingOf(state)).toEqual([]);
  });

  it("brings a session back that could not be deleted", () => {
    const state = reduced(removed("a"), { type: "asked" }, { type: "failed", sessionId: "a" });
    expect(state).toEqual([]);
  });

  it("lets a restored session be deleted again", () => {
    expect(waiting(removed("a"), { type: "undone" }, removed("a"))).toEqual(["a"]);
  });
});
