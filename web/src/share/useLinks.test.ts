import { act, renderHook, waitFor } from "@testing-library/react";
import { expect, it, vi } from "vitest";
import type { ShareLink } from "../api/schemas";
import { I18nProvider } from "../i18n/useI18n";
import { useLinks } from "./useLinks";

const link = (share_id: string) => ({ share_id, session_id: "s" }) as ShareLink;
const list = (...ids: string[]) => Response.json({ shares: ids.map(link), limit: 20 });

it("reads the list again where a link was made before the list came", async () => {
  const lists: ((list: Response) => void)[] = [];
  vi.stubGlobal("fetch", (_: string, { method }: RequestInit) =>
    method === "POST"
      ? Promise.resolve(Response.json(link("b")))
      : new Promise((resolve) => lists.push(resolve)),
  );
  const { result } = renderHook(() => useLinks("s"), { wrapper: I18nProvider });
  const ids = () => result.current.links.shares?.map(({ share_id }) => share_id);
  await act(() => result.current.make({ kind: "live", days: null }));
  expect(ids()).toEqual(["b"]);
  await act(async () => lists[0]?.(list("a")));
  expect(ids()).toEqual(["b"]);
  await waitFor(() => expect(lists).toHaveLength(2));
  await act(async () => lists[1]?.(list("b", "a")));
  expect(ids()).toEqual(["b", "a"]);
});
