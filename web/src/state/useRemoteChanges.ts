import { useEffect, useRef } from "react";
import type { Session } from "../api/schemas";
import type { Conversation } from "./conversation";
import { isBusy } from "./entries";
import { useSelected } from "./store";
import type { ConversationControls } from "./useConversation";

const isIdle = (state: Conversation) => state.load === "ready" && !isBusy(state);

const follows = ({ messages, reply }: Conversation, turnId: string) =>
  reply?.turnId === turnId ||
  messages.some((message) => message.role === "assistant" && message.turn_id === turnId);

/** Maximum seconds between the timestamps of a reply and of its session. */
const TOGETHER = 1;

const isCurrent = ({ messages }: Conversation, updated: number) =>
  Math.abs((messages.at(-1)?.timestamp ?? 0) - updated) < TOGETHER;

const leafOf = ({ messages }: Conversation) => messages.at(-1)?.id ?? null;

/** Whether a history can be applied, also while a reply runs. */
const isReadable = ({ load, before }: Conversation) => load === "ready" && before === null;

/**
 * Reloads the open session's history when the list shows a change by another device: a turn that this page does not
 * follow is active or has ended, another branch is shown, or the waiting questions have changed.
 */
export function useRemoteChanges(
  session: Session | undefined,
  { store, reload }: Pick<ConversationControls, "store" | "reload">,
): void {
  const sessionId = session?.session_id;
  const active = session?.active_turn ?? null;
  const updated = session?.updated_at ?? 0;
  const leaf = session?.leaf ?? null;
  const waiting = session?.waiting_revision ?? 0;
  const idle = useSelected(store, isIdle);
  const readable = useSelected(store, isReadable);
  const seen = useRef({ sessionId, updated, leaf });

  useEffect(() => {
    const before = seen.current;
    seen.current = { sessionId, updated, leaf };
    const shown = store.get();
    if (!readable || shown.sessionId !== sessionId) return;
    const requeued = waiting > shown.waiting.stored;
    const running = active !== null && !follows(shown, active);
    const same = before.sessionId === sessionId;
    const changed = same && before.updated !== updated && !isCurrent(shown, updated);
    const switched = same && before.leaf !== leaf && leafOf(shown) !== leaf;
    if (requeued || (idle && (running || changed || switched))) reload().catch(() => undefined);
  }, [sessionId, updated, leaf, waiting, active, idle, readable, store, reload]);
}
