import { describe, expect, it } from "vitest";
import type { ShareLink } from "../api/schemas";
import { addressOf, endOf, formOf, type Links, NO_LINKS, reduceLinks } from "./links";

const link = (share_id: string): ShareLink => ({
  share_id,
  session_id: "s",
  title: "Title",
  kind: "frozen",
  path: `/share/${share_id}`,
  created_at: 1,
  expires_at: null,
});

const idsOf = ({ shares }: Links) => shares?.map(({ share_id }) => share_id).join("");

describe("share links", () => {
  const listed = reduceLinks(NO_LINKS, {
    type: "listed",
    links: { shares: [link("b"), link("a")], limit: 20 },
  });

  it("have a new one on top", () => {
    const busy = reduceLinks(listed, { type: "began" });
    expect(busy.busy).toBe(true);
    const made = reduceLinks(busy, { type: "made", share: link("c") });
    expect(idsOf(made)).toBe("cba");
    expect(made).toMatchObject({ busy: false, made: { share_id: "c" } });
    expect(idsOf(reduceLinks(made, { type: "made", share: link("c") }))).toBe("cba");
  });

  it("lose one that is revoked, with its address", () => {
    const made = reduceLinks(listed, { type: "made", share: link("c") });
    const other = reduceLinks(made, { type: "revoked", shareId: "a" });
    expect(idsOf(other)).toBe("cb");
    expect(other.made?.share_id).toBe("c");
    expect(reduceLinks(other, { type: "revoked", shareId: "c" }).made).toBeNull();
  });

  it("stay where a step fails", () => {
    const fault = { code: "too_many_shares", detail: "", retryable: false };
    const failed = reduceLinks(reduceLinks(listed, { type: "began" }), { type: "failed", fault });
    expect(failed).toMatchObject({ busy: false, fault });
    expect(idsOf(failed)).toBe("ba");
    expect(reduceLinks(failed, { type: "began" }).fault).toBeNull();
  });

  it("are made with a lifetime in days", () => {
    expect(formOf("live", "7")).toEqual({ kind: "live", days: 7 });
    expect(formOf("frozen", "never")).toEqual({ kind: "frozen", days: null });
  });

  it("say on which day they expire, and at which time if that is soon", () => {
    const now = new Date(2026, 10, 30, 1, 5);
    const endIn = (days: number) => endOf(now.getTime() / 1000 + days * 86_400, now, "en");
    expect(endIn(1)).toBe("Dec 1, 1:05 AM");
    expect(endIn(30)).toBe("Dec 30");
    expect(endIn(365)).toBe("Nov 30, 2027");
  });

  it("have an address on this server", () => {
    expect(addressOf(link("a"), "https://chat.example")).toBe("https://chat.example/share/a");
  });
});
