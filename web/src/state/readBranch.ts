import * as chat from "../api/chat";
import type { History, Message } from "../api/schemas";
import { placeOf } from "./pages";

/** Most pages that are read to find a message that the page has. */
const MOST_PAGES = 10;

/**
 * Reads the newest messages and, if the page has none of them, those before, until it has one: it then keeps all that
 * are loaded. Throws `Problem`.
 */
export async function readBranch(sessionId: string, known: readonly Message[]): Promise<History> {
  let history = await chat.readHistory(sessionId);
  for (let pages = 1; pages < MOST_PAGES; pages++) {
    const joined = known.length === 0 || placeOf(known, history.messages) !== null;
    const first = history.messages[0];
    if (joined || !history.has_more || !first) break;
    const page = await earlierPage(sessionId, first.id);
    if (!page) break;
    const messages = [...page.messages, ...history.messages];
    history = { ...history, messages, has_more: page.has_more };
  }
  return history;
}

/** Returns null if the history changes meanwhile, or cannot be read: what was read before is enough to go on. */
const earlierPage = (sessionId: string, before: string) =>
  chat.readHistory(sessionId, before, chat.LARGEST_PAGE).catch(() => null);
