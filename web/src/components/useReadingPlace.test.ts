import { act, renderHook } from "@testing-library/react";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { History } from "../api/schemas";
import { emptyConversation, reduceConversation } from "../state/conversation";
import { createStore } from "../state/store";
import type { ConversationControls } from "../state/useConversation";
import type { StickyBottom } from "../state/useStickyBottom";

const PLACE = { id: "new", offset: 16 };
const HISTORY = { session_id: "s", messages: [], waiting: [], active_turn: null };
const history = HISTORY as unknown as History;

const did = vi.fn();
let following = true;

/** Opens a conversation in which a message is read that the tab has not kept. Returns what changes its state. */
async function open() {
  sessionStorage.setItem("reading-places", JSON.stringify([["s", PLACE]]));
  vi.resetModules();
  const { useReadingPlace } = await import("./useReadingPlace");
  const store = createStore(reduceConversation, emptyConversation("s"));
  const found = { around: async () => did("around") };
  const sticky = {
    box: { current: document.body },
    reset: () => undefined,
    isFollowing: () => following,
    toGo: () => 0,
    stayAt: () => did("there"),
    toBottom: () => did("end"),
  };
  renderHook(() =>
    useReadingPlace({
      controls: { store, found } as unknown as ConversationControls,
      sticky: sticky as unknown as StickyBottom,
      jumpsIn: null,
    }),
  );
  return store;
}

beforeEach(() => {
  did.mockReset();
  following = true;
});
afterEach(() => document.body.replaceChildren());

function draw(): void {
  const row = document.body.appendChild(document.createElement("article"));
  row.dataset.messageId = PLACE.id;
}

it("looks for the place again once the server's messages are there", async () => {
  const { dispatch } = await open();
  act(() => dispatch({ type: "history", history, known: true }));
  expect(did.mock.calls).toEqual([["end"]]);
  draw();
  act(() => dispatch({ type: "history", history }));
  expect(did.mock.calls).toEqual([["end"], ["there"]]);
});

it("asks for the messages around the place when the newest lack it", async () => {
  const { dispatch } = await open();
  act(() => dispatch({ type: "history", history, known: true }));
  await act(async () => dispatch({ type: "history", history }));
  expect(did.mock.calls).toEqual([["end"], ["around"], ["end"]]);
});

it("leaves a reader who has scrolled meanwhile", async () => {
  const { dispatch } = await open();
  act(() => dispatch({ type: "history", history, known: true }));
  following = false;
  draw();
  act(() => dispatch({ type: "history", history }));
  expect(did.mock.calls).toEqual([["end"]]);
});
