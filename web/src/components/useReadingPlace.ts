import { useEffect, useLayoutEffect, useRef } from "react";
import { flushSync } from "react-dom";
import { messageElement } from "../lib/focus";
import {
  placeAmong,
  placeOf,
  type ReadingPlace,
  type ReadingPlaces,
  readPlaces,
  withPlace,
} from "../state/readingPlace";
import { useSelected } from "../state/store";
import type { ConversationControls } from "../state/useConversation";
import type { StickyBottom } from "../state/useStickyBottom";

const STORED = "reading-places";
/** Milliseconds without scrolling after which places are stored. */
const CALM = 300;

let places: ReadingPlaces = [];
try {
  places = readPlaces(sessionStorage.getItem(STORED));
} catch {
  // The browser keeps nothing for this page.
}

function store(): void {
  try {
    sessionStorage.setItem(STORED, JSON.stringify(places));
  } catch {
    // The places last as long as the page.
  }
}

const topIn = (box: Element, row: Element) =>
  row.getBoundingClientRect().top - box.getBoundingClientRect().top;

/** The place that the box shows once it has scrolled as many pixels as it is still to go. */
function placeIn(box: HTMLElement, toGo: number): ReadingPlace {
  const rows = box.querySelectorAll<HTMLElement>("[data-message-id]");
  return placeAmong(rows.length, (index) => {
    const row = rows[index] as HTMLElement;
    return { id: row.dataset.messageId ?? "", top: topIn(box, row) - toGo };
  });
}

interface Options {
  controls: Pick<ConversationControls, "store" | "found">;
  sticky: StickyBottom;
  /** The session in which a message that was chosen is about to be shown, if any. */
  jumpsIn: string | null;
}

/** Keeps the place in each conversation in this tab, and returns to it when the conversation is opened again. */
export function useReadingPlace({ controls, sticky, jumpsIn }: Options): void {
  const { found } = controls;
  const { box, reset, stayAt, toBottom, isFollowing, toGo } = sticky;
  const sessionId = useSelected(controls.store, (state) => state.sessionId);
  const load = useSelected(controls.store, (state) => state.load);
  const known = useSelected(controls.store, (state) => state.known);
  /** The session whose place is kept: its messages are shown. */
  const kept = useRef<string | null>(null);
  const loading = useRef<string | null>(null);
  /** The session whose place is not among the messages that the tab has kept: the server's may have it. */
  const sought = useRef<string | null>(null);
  const shown = useRef(sessionId);

  useLayoutEffect(() => {
    // A new conversation gets its id with its first question, and stays where it is.
    if (shown.current !== null && shown.current !== sessionId) reset();
    shown.current = sessionId;
    if (load === "loading") loading.current = sessionId;
    const seeks = sought.current !== null && sought.current === sessionId;
    if (!(seeks && known)) sought.current = null;
    kept.current = load === "ready" && sought.current === null ? sessionId : null;
    const opened = load === "ready" && loading.current === sessionId;
    if (load !== "loading") loading.current = null;
    if (!sessionId || jumpsIn === sessionId) return;
    // A reader who has scrolled meanwhile stays there.
    if (!opened && !(seeks && !known && load === "ready" && isFollowing())) return;
    const place = placeOf(places, sessionId);
    if (place === null || place === "end") return toBottom();
    const returnTo = () => {
      const row = rowAt(box.current, place.id);
      if (!box.current || !row) return false;
      const scroll = () =>
        box.current &&
        stayAt(
          Math.max(0, Math.round(box.current.scrollTop + topIn(box.current, row) - place.offset)),
        );
      scroll();
      // Rows that have just come are laid out whole in the next frame only.
      const top = box.current.scrollTop;
      requestAnimationFrame(() =>
        requestAnimationFrame(() => box.current?.scrollTop === top && row.isConnected && scroll()),
      );
      return true;
    };
    if (returnTo()) return;
    kept.current = null;
    if (known) {
      sought.current = sessionId;
      return toBottom();
    }
    void found.around(place.id, flushSync).then((there) => {
      kept.current = sessionId;
      if (!there || !returnTo()) toBottom();
    });
  }, [load, known, sessionId, jumpsIn, box, found, reset, stayAt, toBottom, isFollowing]);

  useEffect(() => {
    const scroller = box.current;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const keep = () => {
      if (!kept.current || !scroller) return;
      places = withPlace(places, kept.current, isFollowing() ? "end" : placeIn(scroller, toGo()));
      clearTimeout(timer);
      timer = setTimeout(store, CALM);
    };
    scroller?.addEventListener("scroll", keep, { passive: true });
    window.addEventListener("pagehide", store);
    return () => {
      clearTimeout(timer);
      store();
      scroller?.removeEventListener("scroll", keep);
      window.removeEventListener("pagehide", store);
    };
  }, [box, isFollowing, toGo]);
}

const rowAt = (box: Element | null, id: string) =>
  id ? messageElement(id) : (box?.querySelector("[data-message-id]") ?? null);
