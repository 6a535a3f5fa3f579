import { act, fireEvent, screen, waitFor } from "@testing-library/react";
import { expect, it, vi } from "vitest";
import type { Session } from "../api/schemas";
import { useArranging } from "../state/useArranging";
import { useSessions } from "../state/useSessions";
import { render } from "../testing/render";
import { Sidebar } from "./Sidebar";

const ALL = Array.from({ length: 120 }, (_, at) => ({
  session_id: `s${at}`,
  title: `Title ${at}`,
  role: "assistant",
  created_at: 0,
  updated_at: 1_000 - at,
  active_turn: null,
})) as Session[];

const nothing = () => undefined;
const actions = {
  open: nothing,
  rename: nothing,
  remove: nothing,
  save: nothing,
  pin: nothing,
  archive: nothing,
  tag: nothing,
  removeMany: nothing,
  saveMany: nothing,
};
const notice = { tell: nothing };

function Page() {
  const list = useSessions(true);
  const arranging = useArranging(true, list, notice);
  return (
    <Sidebar
      list={arranging.list}
      arranging={arranging}
      currentId={null}
      actions={actions}
      onFound={nothing}
      isHidden={() => false}
      onNew={nothing}
      onClose={nothing}
      onHelp={nothing}
      onPalette={nothing}
    />
  );
}

/** A server with all the sessions. Pages after the first fail a given number of times. */
function serve(failures: number) {
  let left = failures;
  vi.stubGlobal("fetch", async (url: string) => {
    if (url.includes("/chat/search"))
      return Response.json({ results: [], cursor: null, searched: { sessions: 0, messages: 0 } });
    const query = new URL(url, "http://x").searchParams;
    const [limit, offset] = [Number(query.get("limit")), Number(query.get("offset"))];
    if (offset > 0 && left-- > 0) return Response.json({ code: "internal_error" }, { status: 500 });
    return Response.json({ sessions: ALL.slice(offset, offset + limit), total: ALL.length });
  });
}

const search = (text: string) =>
  act(async () => void fireEvent.change(screen.getByTestId("search"), { target: { value: text } }));

it("searches all sessions, those of pages that are not here yet too", async () => {
  serve(0);
  render(<Page />);
  await screen.findByText("Title 0");
  await search("119");
  await screen.findByText("Title 119");
});

it("says that a page of the search failed, and goes on when asked to", async () => {
  serve(1);
  render(<Page />);
  await screen.findByText("Title 0");
  await search("119");
  expect((await screen.findByTestId("list-failed")).textContent).toContain("could not be loaded");
  await act(async () => void fireEvent.click(screen.getByRole("button", { name: "Retry" })));
  await screen.findByText("Title 119");
  await waitFor(() => expect(screen.queryByTestId("list-failed")).toBeNull());
});

it("has one stop of Tab in the list, where the focus was last", async () => {
  serve(0);
  render(<Page />);
  await screen.findByText("Title 0");
  const stops = () =>
    [...document.querySelectorAll<HTMLElement>(".session > :is(a, button)")]
      .filter((one) => one.tabIndex >= 0)
      .map((one) => one.closest<HTMLElement>(".session")?.dataset.id);
  expect(stops()).toEqual(["s0", "s0"]);
  const press = (key: string) => fireEvent.keyDown(document.activeElement as Element, { key });
  act(() => document.querySelector<HTMLElement>(".session > a")?.focus());
  act(() => void press("ArrowDown"));
  expect(document.activeElement?.textContent).toContain("Title 1");
  expect(stops()).toEqual(["s1", "s1"]);
  act(() => void press("ArrowRight"));
  expect(document.activeElement?.getAttribute("aria-haspopup")).toBe("menu");
  act(() => void press("ArrowLeft"));
  expect(document.activeElement?.textContent).toContain("Title 1");
});

it("leads to the archive if all conversations are in it", async () => {
  vi.stubGlobal("fetch", async (url: string) => {
    const archived = url.includes("archived=true");
    const sessions = archived ? [{ ...ALL[0], archived }] : [];
    return Response.json({ sessions, total: sessions.length });
  });
  render(<Page />);
  const link = await screen.findByTestId("to-archive");
  await act(async () => void fireEvent.click(link));
  await screen.findByText("Title 0");
  expect(screen.getByTestId("archive")).toBeTruthy();
});

it("has the number of waiting questions in the row of their conversation", async () => {
  vi.stubGlobal("fetch", async () => {
    const sessions = [2, 1, 0].map((waiting, at) => ({ ...ALL[at], waiting }));
    return Response.json({ sessions: [...sessions, ALL[3]], total: 4 });
  });
  render(<Page />);
  await screen.findByText("Title 0");
  const counts = screen.getAllByTestId("waiting-count");
  expect(counts.map((one) => [one.textContent, one.getAttribute("aria-label")])).toEqual([
    ["2", "2 questions wait"],
    ["1", "1 question waits"],
  ]);
});
