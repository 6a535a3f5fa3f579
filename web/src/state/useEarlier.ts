import { type RefObject, useCallback, useEffect, useRef } from "react";
import { flushSync } from "react-dom";
import * as chat from "../api/chat";
import { Problem } from "../api/http";
import { keepScrollPosition } from "../lib/keepScrollPosition";
import { type Conversation, isLocal } from "./conversation";
import { useSelected } from "./store";
import type { ConversationStore } from "./useConversation";

/** The message before which earlier ones can be requested. */
export function firstOf({ messages, earlier }: Conversation): string | null {
  const first = messages[0];
  return earlier && first && !isLocal(first) ? first.id : null;
}

export interface Earlier {
  /** Whether earlier messages can be loaded. */
  more: boolean;
  state: Conversation["loadingEarlier"];
  load: () => Promise<void>;
}

/** Loads earlier messages without moving those on the screen. */
export function useEarlier(
  store: ConversationStore,
  reload: () => Promise<void>,
  box: RefObject<HTMLElement | null>,
): Earlier {
  const { dispatch } = store;
  const more = useSelected(store, (state) => firstOf(state) !== null);
  const state = useSelected(store, ({ loadingEarlier }) => loadingEarlier);

  const load = useCallback(async () => {
    const { sessionId, loadingEarlier } = store.get();
    const before = firstOf(store.get());
    if (!sessionId || !before || loadingEarlier === "loading") return;
    dispatch({ type: "earlierAsked" });
    try {
      const history = await chat.readHistory(sessionId, before);
      keepScrollPosition(box.current, () =>
        flushSync(() => dispatch({ type: "earlier", before, history })),
      );
    } catch (error) {
      dispatch({ type: "earlierFailed", sessionId });
      // The message does not exist any more, for example after a clear on another device.
      if (error instanceof Problem && error.status === 404) await reload().catch(() => undefined);
    }
  }, [store, dispatch, reload, box]);

  return { more, state, load };
}

export const ABOVE = "240px 0px 0px";
export const BELOW = "0px 0px 240px";

/** Calls `load` whenever the element is near what the scrolling box shows, repeatedly while it stays there. */
export function useNear(
  box: RefObject<HTMLElement | null>,
  load: () => Promise<void>,
  { on, edge, margin }: { on: boolean; edge: string | null; margin: string },
): RefObject<HTMLDivElement | null> {
  const element = useRef<HTMLDivElement>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: after each page the element may still be near
  useEffect(() => {
    if (!on || !element.current) return;
    const observer = new IntersectionObserver(
      (seen) => seen.some(({ isIntersecting }) => isIntersecting) && void load(),
      { root: box.current, rootMargin: margin },
    );
    observer.observe(element.current);
    return () => observer.disconnect();
  }, [on, edge, margin, load, box]);
  return element;
}
