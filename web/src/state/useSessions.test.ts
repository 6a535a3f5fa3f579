import { act, renderHook, waitFor } from "@testing-library/react";
import { expect, it, vi } from "vitest";
import type { Session } from "../api/schemas";
import { useSessions } from "./useSessions";

const COUNT = 120;

/** A server with that many sessions, whose list may be changed. */
function serve(): Session[] {
  const all = Array.from({ length: COUNT }, (_, at) => ({
    session_id: `s${at}`,
    title: `Title ${at}`,
    role: "assistant",
    created_at: 0,
    updated_at: 1_000 - at,
    active_turn: null,
  })) as Session[];
  vi.stubGlobal("fetch", async (url: string) => {
    const query = new URL(url, "http://x").searchParams;
    const [limit, offset] = [Number(query.get("limit")), Number(query.get("offset"))];
    return Response.json({ sessions: all.slice(offset, offset + limit), total: all.length });
  });
  return all;
}

it("keeps rows of later pages fresh too, and drops those that were deleted elsewhere", async () => {
  const all = serve();
  const { result } = renderHook(() => useSessions(true));
  const ids = () => result.current.sessions.map(({ session_id }) => session_id);
  for (const shown of [50, 99, COUNT]) {
    await waitFor(() => expect(ids()).toHaveLength(shown));
    if (shown < COUNT) act(() => result.current.loadMore());
  }
  expect(new Set(ids()).size).toBe(COUNT);

  all[110] = { ...(all[110] as Session), title: "Renamed elsewhere" };
  all.splice(70, 1);
  for (let round = 0; round < 3; round += 1) await act(async () => result.current.refresh());
  await waitFor(() => expect(ids()).not.toContain("s70"));
  expect(ids()).toHaveLength(COUNT - 1);
  expect(result.current.sessions.some(({ title }) => title === "Renamed elsewhere")).toBe(true);
});
