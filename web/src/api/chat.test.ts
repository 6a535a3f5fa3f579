import { describe, expect, it, vi } from "vitest";
import { readWholeHistory } from "./chat";

const message = (n: number) => ({ id: `${n}`, role: "user", content: `${n}`, timestamp: n });

describe("readWholeHistory", () => {
  it("reads every page and puts them in order", async () => {
    const asked: string[] = [];
    vi.stubGlobal("fetch", async (url: string) => {
      const query = new URLSearchParams(url.split("?")[1]);
      asked.push(query.get("before") ?? "");
      const end = Number(query.get("before") ?? 5);
      const messages = [end - 2, end - 1].filter((n) => n >= 0).map(message);
      return Response.json({ session_id: "s", messages, total: 5, has_more: end > 2 });
    });
    const history = await readWholeHistory("s");
    expect(history.messages.map(({ id }) => id)).toEqual(["0", "1", "2", "3", "4"]);
    expect(asked).toEqual(["", "3", "1"]);
  });

  it("throws where a page cannot be read", async () => {
    vi.stubGlobal("fetch", async (url: string) =>
      url.includes("before")
        ? Response.json({ code: "unknown_message" }, { status: 404 })
        : Response.json({ session_id: "s", messages: [message(3)], total: 4, has_more: true }),
    );
    await expect(readWholeHistory("s")).rejects.toMatchObject({ code: "unknown_message" });
  });
});
