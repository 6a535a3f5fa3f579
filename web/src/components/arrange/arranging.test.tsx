import { act, fireEvent, screen, within } from "@testing-library/react";
import { beforeEach, expect, it, vi } from "vitest";
import type { Session } from "../../api/schemas";
import { useArranging } from "../../state/useArranging";
import { useSessions } from "../../state/useSessions";
import { render } from "../../testing/render";
import { Sidebar } from "../Sidebar";
import { Toasts } from "../Toasts";

const nothing = () => undefined;
const tell = vi.fn();
const notice = { text: "", tell, dismiss: nothing, hold: nothing };
const removeMany = vi.fn();

let server: Session[] = [];
const patches: [string, object][] = [];
let refuse: string | null = null;

const session = (session_id: string, more: Partial<Session> = {}) =>
  ({
    session_id,
    title: session_id,
    updated_at: 1,
    pinned: false,
    archived: false,
    tags: [],
    ...more,
  }) as unknown as Session;

function answer(url: string, init?: RequestInit): Response {
  const { pathname, searchParams } = new URL(url, "http://x");
  if (init?.method === "PATCH") {
    const id = pathname.split("/").at(-1) ?? "";
    const change = JSON.parse(String(init.body)) as Partial<Session>;
    patches.push([id, change]);
    if (refuse) return Response.json({ code: refuse, detail: "" }, { status: 409 });
    server = server.map((one) => (one.session_id === id ? { ...one, ...change } : one));
    return Response.json({});
  }
  if (pathname.endsWith("/me/tags")) {
    const tags = [...new Set(server.flatMap((one) => one.tags))];
    return Response.json({ tags: tags.map((tag) => ({ tag, sessions: 1, archived: 0 })) });
  }
  const tag = searchParams.get("tag");
  const archived = searchParams.get("archived") === "true";
  const sessions = server.filter(
    (one) => one.archived === archived && (!tag || one.tags.includes(tag)),
  );
  return Response.json({ sessions, total: sessions.length });
}

function Page() {
  const arranging = useArranging(true, useSessions(true), notice);
  const { pin, archive, editTags, marking } = arranging;
  const actions = {
    open: nothing,
    rename: nothing,
    remove: nothing,
    save: nothing,
    saveMany: nothing,
    removeMany,
    pin,
    archive: (one: Session) => archive([one]),
    tag: (one: Session) => editTags([one]),
  };
  const deletions = {
    waiting: [],
    hides: () => false,
    remove: nothing,
    undo: nothing,
    commit: nothing,
    hold: nothing,
  };
  return (
    <>
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
      <Toasts deletions={deletions} marking={marking} notice={notice} onUndo={nothing} />
    </>
  );
}

beforeEach(() => {
  server = [];
  patches.length = 0;
  refuse = null;
  tell.mockClear();
  removeMany.mockClear();
  vi.stubGlobal("fetch", async (url: string, init?: RequestInit) => answer(url, init));
});

async function show(...sessions: Session[]) {
  server = sessions;
  render(<Page />);
  await screen.findByText(sessions.find((one) => !one.archived)?.title ?? "");
}

const titles = () => screen.queryAllByTestId("session").map((row) => row.textContent);
const press = (element: HTMLElement, more = {}) =>
  act(async () => void fireEvent.click(element, more));

function menu(testId: string, at = 0): HTMLElement {
  const button = screen.getAllByTestId(testId)[at] as HTMLElement;
  const panel = document.getElementById(button.getAttribute("popovertarget") ?? "") as HTMLElement;
  fireEvent(panel, Object.assign(new Event("beforetoggle"), { newState: "open" }));
  return panel;
}

const choose = (panel: HTMLElement, testId: string) => press(within(panel).getByTestId(testId));

it("pins a conversation into a group of its own", async () => {
  await show(session("a", { updated_at: 2 }), session("b"));
  await choose(menu("session-menu", 1), "pin");
  expect(titles()).toEqual(["b", "a"]);
  expect(screen.getByText("Pinned")).toBeTruthy();
  expect(patches).toEqual([["b", { pinned: true }]]);
});

it("shows a conversation as before where the server refuses to pin it", async () => {
  refuse = "too_many_pinned";
  await show(session("a", { updated_at: 2 }), session("b"));
  await choose(menu("session-menu", 1), "pin");
  expect(titles()).toEqual(["a", "b"]);
  expect(tell).toHaveBeenCalledWith(expect.stringContaining("50 conversations are pinned"));
});

it("archives with undo, and lists the archive", async () => {
  await show(session("a"), session("b", { archived: true }));
  await choose(menu("session-menu"), "archive");
  expect(titles()).toEqual([]);
  await choose(menu("list-options"), "toggle-archive");
  expect((await screen.findAllByTestId("session")).length).toBe(2);
  await press(screen.getByTestId("undo"));
  expect(titles()).toEqual(["b"]);
  expect(patches).toEqual([
    ["a", { archived: true }],
    ["a", { archived: false, tags: [] }],
  ]);
  await press(screen.getByTestId("leave-archive"));
  expect(titles()).toEqual(["a"]);
});

it("lists the conversations of a tag while it is pressed", async () => {
  await show(session("a", { tags: ["x"] }), session("b"));
  await press(await screen.findByRole("button", { name: "x, 1 conversation" }));
  await act(async () => undefined);
  expect(titles()).toEqual(["ax"]);
  await press(screen.getByRole("button", { name: "x, 1 conversation" }));
  expect(titles()).toEqual(["ax", "b"]);
});

it("acts on all conversations that are chosen", async () => {
  await show(session("a"), session("b"), session("c"), session("d"));
  await choose(menu("list-options"), "select-sessions");
  const boxes = screen.getAllByRole("checkbox");
  await press(boxes[1] as HTMLElement);
  await press(boxes[3] as HTMLElement, { shiftKey: true });
  expect(screen.getByText("3 selected")).toBeTruthy();
  await press(screen.getByTestId("delete-selected"));
  expect(removeMany.mock.calls[0]?.[0].map((one: Session) => one.session_id)).toEqual([
    "b",
    "c",
    "d",
  ]);
  expect(screen.queryByTestId("select-head")).toBeNull();
});

it("chooses all and none, and Escape ends it", async () => {
  await show(session("a"), session("b"));
  await choose(menu("list-options"), "select-sessions");
  await press(screen.getByTestId("select-all"));
  expect(screen.getByText("2 selected")).toBeTruthy();
  await press(screen.getByTestId("select-all"));
  expect(screen.getByText("None selected")).toBeTruthy();
  fireEvent.keyDown(screen.getByTestId("select-all"), { key: "Escape" });
  expect(screen.queryByTestId("select-head")).toBeNull();
});
