import { vi } from "vitest";

interface Answer {
  status: number;
  body: unknown;
}

/** Answers by method and path; unknown requests get 404. */
export function fakeServer() {
  const answers = new Map<string, Answer>();
  const calls: string[] = [];
  const queries: string[] = [];
  const held = new Map<string, Promise<void>>();

  vi.stubGlobal("fetch", async (url: string, init?: RequestInit) => {
    const path = url.replace(/^\/api/, "").replace(/\?.*/, "");
    const name = `${init?.method ?? "GET"} ${path}`;
    const { status, body } = answers.get(name) ?? { status: 404, body: { code: "not_found" } };
    calls.push(name);
    queries.push(url.split("?")[1] ?? "");
    await held.get(name);
    return new Response(JSON.stringify(body), { status });
  });

  return {
    calls,
    /** The query of each call. */
    queries,
    on: (name: string, body: unknown, status = 200) => void answers.set(name, { status, body }),
    /** Holds answers of this name until the returned function is called. */
    hold(name: string): () => void {
      let release = () => {};
      held.set(name, new Promise((resolve) => (release = resolve)));
      return () => release();
    },
  };
}
