import { type RefObject, useCallback, useEffect, useRef } from "react";
import { flushSync } from "react-dom";
import * as chat from "../api/chat";
import { Problem } from "../api/http";
import { keepingPlace } from "../lib/keepingPlace";
import { type Conversation, isLocal } from "./conversation";
import { useSelected } from "./store";
import type { ConversationStore } from "./useConversation";

/** The message before which there are more, as far as they can be asked for. */
export function firstOf({ messages, earlier }: Conversation): string | null {
  const first = messages[0];
  return earlier && first && !isLocal(first) ? first.id : null;
}

export interface Earlier {
  /** There are earlier messages that can be loaded. */
  more: boolean;
  state: Conversation["loadingEarlier"];
  load: () => Promise<void>;
}

/** Loads the messages before those on the page, which stay where they are on the screen. */
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
      keepingPlace(box.current, () =>
        flushSync(() => dispatch({ type: "earlier", before, history })),
      );
    } catch (error) {
      dispatch({ type: "earlierFailed", sessionId });
      // The message is gone, as after a clear on another device.
      if (error instanceof Problem && error.status === 404) await reload().catch(() => undefined);
    }
  }, [store, dispatch, reload, box]);

  return { more, state, load };
}

const MARGIN = "240px 0px 0px";

/** Calls `load` whenever the element comes near the top of the box that scrolls, and while it stays there. */
export function useNearTop(
  box: RefObject<HTMLElement | null>,
  load: () => Promise<void>,
  { on, first }: { on: boolean; first: string | null },
): RefObject<HTMLDivElement | null> {
  const element = useRef<HTMLDivElement>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: after each page the element may still be there
  useEffect(() => {
    if (!on || !element.current) return;
    const observer = new IntersectionObserver(
      (seen) => seen.some(({ isIntersecting }) => isIntersecting) && void load(),
      { root: box.current, rootMargin: MARGIN },
    );
    observer.observe(element.current);
    return () => observer.disconnect();
  }, [on, first, load, box]);
  return element;
}
