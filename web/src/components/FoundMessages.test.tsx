import { act, fireEvent, screen, waitFor } from "@testing-library/react";
import { beforeEach, expect, it, vi } from "vitest";
import { useArranging } from "../state/useArranging";
import { useSessions } from "../state/useSessions";
import { render } from "../testing/render";
import { Sidebar } from "./Sidebar";

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
const onFound = vi.fn();

function Page() {
  const arranging = useArranging(true, useSessions(true), notice);
  return (
    <Sidebar
      list={arranging.list}
      arranging={arranging}
      currentId={null}
      actions={actions}
      onFound={onFound}
      isHidden={(id) => id === "hidden"}
      onNew={nothing}
      onClose={nothing}
      onHelp={nothing}
      onPalette={nothing}
    />
  );
}

const hit = (session_id: string, message_id: string | null, excerpt: string) => ({
  session_id,
  message_id,
  title: "A title",
  role: "assistant",
  timestamp: 1_700_000_000,
  excerpt,
  ranges: [[0, 3]],
});
const SESSION = {
  session_id: "s0",
  title: "Ant hills",
  role: "assistant",
  created_at: 0,
  updated_at: 1,
  active_turn: null,
};

type Asked = { query: string; cursor?: string };

/** Answers searches by what they ask for. Records them. */
function serve(answer: (asked: Asked) => object | Promise<object>) {
  const searches: (Asked & { signal: AbortSignal })[] = [];
  vi.stubGlobal("fetch", async (url: string, init: RequestInit) => {
    if (!url.includes("/chat/search")) return Response.json({ sessions: [SESSION], total: 1 });
    const asked = JSON.parse(String(init.body)) as Asked;
    searches.push({ ...asked, signal: init.signal as AbortSignal });
    return Response.json(await answer(asked));
  });
  return searches;
}
const page = (results: object[], cursor: string | null = null) => ({
  results,
  cursor,
  searched: { sessions: 1, messages: 40 },
});

async function type(text: string) {
  await act(async () => {
    fireEvent.change(screen.getByTestId("search"), { target: { value: text } });
  });
}

beforeEach(() => {
  onFound.mockReset();
  vi.stubGlobal(
    "IntersectionObserver",
    class {
      observe = nothing;
      disconnect = nothing;
    },
  );
});

it("shows matching titles at once, then messages with the words marked", async () => {
  serve(() => page([hit("s1", "m1", "ant <b>bear</b>"), hit("s0", null, "Ant hills")]));
  render(<Page />);
  await screen.findByText("Ant hills");
  await type("ant");
  expect(screen.getAllByTestId("session")).toHaveLength(1);
  const found = await screen.findByTestId("found");
  expect(found.querySelector("mark")?.textContent).toBe("ant");
  expect(found.textContent).toContain("<b>bear</b>");
  fireEvent.click(found.querySelector("a") as HTMLElement);
  expect(onFound).toHaveBeenCalledWith(expect.objectContaining({ message_id: "m1" }));
});

it("goes on after an empty answer with a cursor", async () => {
  const searches = serve(({ cursor }) =>
    cursor ? page([hit("s1", "m1", "ant")]) : page([], "further"),
  );
  render(<Page />);
  await type("ant");
  await screen.findByTestId("found");
  expect(searches.map(({ cursor }) => cursor)).toEqual([undefined, "further"]);
  expect(screen.getByText("All 80 messages searched")).toBeTruthy();
});

it("cancels the request for an earlier query", async () => {
  let answer: (body: object) => void = nothing;
  const searches = serve(({ query }) =>
    query === "ant"
      ? new Promise<object>((resolve) => {
          answer = resolve;
        })
      : page([hit("s2", "m2", "bee hive")]),
  );
  render(<Page />);
  await type("ant");
  await waitFor(() => expect(searches).toHaveLength(1));
  await type("bee");
  expect(searches[0]?.signal.aborted).toBe(true);
  await screen.findByText("A title");
  await act(async () => answer(page([hit("s1", "m1", "ant")])));
  expect(screen.getAllByTestId("found")).toHaveLength(1);
  expect(screen.getByTestId("found").textContent).toContain("bee");
});

it("does not show what is being deleted, and says when nothing is found", async () => {
  serve(() => page([hit("hidden", "m1", "zebra")]));
  render(<Page />);
  await screen.findByText("Ant hills");
  await type("zebra");
  await screen.findByTestId("no-matches");
  expect(screen.queryByTestId("found-messages")).toBeNull();
});

it("moves with the arrows, opens with Enter, and returns with Escape", async () => {
  serve(() => page([hit("s1", "m1", "ant one"), hit("s1", "m2", "ant two")]));
  render(<Page />);
  await screen.findByText("Ant hills");
  await type("ant");
  await waitFor(() => expect(screen.getAllByTestId("found")).toHaveLength(2));
  const field = screen.getByTestId("search");
  const press = (key: string) => fireEvent.keyDown(document.activeElement as Element, { key });
  field.focus();
  press("ArrowDown");
  expect(document.activeElement?.textContent).toContain("Ant hills");
  press("ArrowDown");
  press("ArrowDown");
  expect(document.activeElement?.textContent).toContain("two");
  press("Home");
  press("ArrowUp");
  expect(document.activeElement).toBe(field);
  press("ArrowDown");
  press("End");
  expect(document.activeElement?.textContent).toContain("two");
  press("Escape");
  expect(document.activeElement).toBe(field);
  press("Escape");
  expect((field as HTMLInputElement).value).toBe("");
});

it("says that a search failed, and tries again", async () => {
  let fails = true;
  vi.stubGlobal("fetch", async (url: string) => {
    if (!url.includes("/chat/search")) return Response.json({ sessions: [], total: 0 });
    if (!fails) return Response.json(page([hit("s1", "m1", "ant")]));
    return Response.json({ code: "rate_limited", detail: "" }, { status: 429 });
  });
  render(<Page />);
  await type("ant");
  expect((await screen.findByTestId("search-note")).textContent).toContain("Too many requests");
  fails = false;
  fireEvent.click(screen.getByTestId("search-on"));
  await screen.findByTestId("found");
});
