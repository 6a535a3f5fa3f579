import { act, fireEvent, screen, waitFor } from "@testing-library/react";
import { beforeEach, expect, it, vi } from "vitest";
import { emptyConversation } from "../state/conversation";
import type { App } from "../state/useApp";
import { render } from "../testing/render";
import Palette from "./Palette";

const done = vi.fn();
const session = (session_id: string, title: string) => ({
  session_id, title, updated_at: 1_700_000_000, tags: [], pinned: false, archived: false,
}); // biome-ignore format: one line each would hide what matters
const persona = (name: string) => ({ name, icon: "🤖", description: "Explains", welcome: "" });
const call = (name: string) => (value?: unknown) => done(name, value);

/** The parts of the page's state that the palette reads. */
const app = () =>
  ({
    palette: {
      shown: true,
      close: call("close"),
      commands: { newChat: call("new"), search: call("search"), theme: call("theme") },
    },
    list: { sessions: [session("s1", "Ant hills"), session("s2", "消息队列")] },
    sessions: { currentId: "s1", shown: session("s1", "Ant hills"), isHere: true },
    actions: { open: call("open"), archive: call("archive") },
    arranging: { marking: { undoable: null } },
    deletions: { waiting: [], hides: () => false },
    controls: { store: { get: () => emptyConversation("s1"), subscribe: () => () => undefined } },
    jump: { found: call("found") },
    catalog: { personas: { roles: { assistant: persona("Assistant"), teacher: persona("Teacher") } }, models: null },
    choice: { role: "assistant", chooseRole: call("role") },
    place: "chat",
  }) as unknown as App; // biome-ignore format: as in the page

const hit = (session_id: string, message_id: string | null) => ({
  session_id, message_id, title: "Bees", role: "user", timestamp: 1_700_000_000, excerpt: "on ants", ranges: [[3, 7]],
}); // biome-ignore format: one line each would hide what matters

beforeEach(() => {
  done.mockReset();
  vi.stubGlobal("fetch", async () =>
    Response.json({
      results: [hit("s9", "m1"), hit("s8", null), hit("s1", null)],
      cursor: null,
      searched: { sessions: 1, messages: 4 },
    }),
  );
});

const field = () => screen.getByTestId("palette-field");
const type = (value: string) =>
  act(async () => void fireEvent.change(field(), { target: { value } }));
const press = (key: string, more = {}) =>
  act(async () => void fireEvent.keyDown(field(), { key, ...more }));
const titles = () =>
  screen
    .getAllByTestId("palette-option")
    .map((one) => one.querySelector(".palette-title")?.textContent);
const active = () => document.getElementById(field().getAttribute("aria-activedescendant") ?? "");

it("offers conversations, commands and personas, and names the first", () => {
  render(<Palette app={app()} />);
  expect(document.activeElement).toBe(field());
  expect(screen.getAllByRole("group").map((one) => one.firstChild?.textContent)).toEqual([
    "Conversations",
    "Commands",
    "Personas",
  ]);
  expect(active()?.textContent).toContain("消息队列");
  expect(active()?.getAttribute("aria-selected")).toBe("true");
});

it("runs what the keys have chosen, and offers it first the next time", async () => {
  const { unmount } = render(<Palette app={app()} />);
  await type("teach");
  expect(titles()).toEqual(["Teacher"]);
  await press("Enter");
  await waitFor(() => expect(done).toHaveBeenCalledWith("role", "teacher"));
  expect(done.mock.calls[0]).toEqual(["close", undefined]);
  unmount();
  render(<Palette app={app()} />);
  expect(titles()[0]).toBe("Teacher");
});

it("goes round by arrows, and not while an input method composes", async () => {
  render(<Palette app={app()} />);
  await press("ArrowUp");
  expect(active()?.textContent).toContain("Teacher");
  await press("ArrowDown");
  expect(active()?.textContent).toContain("消息队列");
  await press("ArrowDown", { isComposing: true });
  expect(active()?.textContent).toContain("消息队列");
});

it("finds by Chinese text, on the English page by Chinese names", async () => {
  render(<Palette app={app()} />);
  await type("队列");
  expect(titles()).toContain("消息队列");
  await type("归档这个");
  expect(titles()[0]).toBe("Archive this conversation");
});

it("adds what the server found, but no title twice", async () => {
  render(<Palette app={app()} />);
  await type("ants");
  await waitFor(() => expect(titles()).toEqual(["Bees", "Bees"]));
  const [message] = screen.getAllByTestId("palette-option");
  expect(message?.querySelector("mark")?.textContent).toBe("ants");
  await act(async () => void fireEvent.click(message as HTMLElement));
  await waitFor(() =>
    expect(done).toHaveBeenCalledWith("found", expect.objectContaining({ message_id: "m1" })),
  );
});

it("says that nothing matches", async () => {
  vi.stubGlobal("fetch", async () =>
    Response.json({ results: [], cursor: null, searched: { sessions: 1, messages: 4 } }),
  );
  render(<Palette app={app()} />);
  await type("zebra");
  expect((await screen.findByTestId("palette-nothing")).textContent).toBe("Nothing matches");
});
