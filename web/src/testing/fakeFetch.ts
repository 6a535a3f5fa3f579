import { vi } from "vitest";

type Answer = { status?: number; body?: unknown; headers?: Record<string, string> } | "unreachable";

/** Answers requests in the given order and repeats the last answer. Records the requests. */
export function fakeFetch(...answers: Answer[]) {
  const fetch = vi.fn(async (_url: string, _init?: RequestInit) => {
    const answer = answers.length > 1 ? answers.shift() : answers[0];
    if (!answer || answer === "unreachable") throw new TypeError("Failed to fetch");
    const { status = 200, body = {}, headers = {} } = answer;
    return new Response(JSON.stringify(body), { status, headers });
  });
  vi.stubGlobal("fetch", fetch);
  return fetch;
}
