import type { Fault } from "../api/fault";
import type { Hit, SearchResults } from "../api/schemas";

/** A search in messages, answer by answer. */
export interface MessageSearch {
  /** What is searched for; empty if the text is too short for a search. */
  query: string;
  /** paused: the reader may still be typing, or has not asked for more yet. */
  load: "paused" | "loading" | "failed";
  fault: Fault | null;
  hits: Hit[];
  /** Whether the results are those of an earlier query, until the first answer to this one. */
  stale: boolean;
  /** Null before the first answer, and at the end. */
  cursor: string | null;
  /** Whether everything has been compared. */
  done: boolean;
  /** How much has been compared. */
  searched: { sessions: number; messages: number };
  /** Answers without results since the reader asked for some. */
  empty: number;
}

export type SearchAction =
  | { type: "typed"; query: string }
  | { type: "asked" }
  | { type: "answer"; answer: SearchResults }
  | { type: "failed"; fault: Fault };

export const noSearch: MessageSearch = {
  query: "",
  load: "paused",
  fault: null,
  hits: [],
  stale: false,
  cursor: null,
  done: false,
  searched: { sessions: 0, messages: 0 },
  empty: 0,
};

/** Answers without results after which the search waits for the reader. Each compares up to 2,000 messages. */
export const MOST_EMPTY = 20;

const IDEOGRAPHIC = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}]/u;

/** Returns what to search for in messages: empty if the text is one letter, which nearly every message has. */
export function queryOf(text: string): string {
  const query = text.trim().replace(/\s+/g, " ");
  return [...query].length > 1 || IDEOGRAPHIC.test(query) ? query : "";
}

export function reduceSearch(state: MessageSearch, action: SearchAction): MessageSearch {
  switch (action.type) {
    case "typed":
      if (action.query === state.query) return state;
      if (!action.query) return noSearch;
      return { ...noSearch, query: action.query, hits: state.hits, stale: state.hits.length > 0 };
    case "asked":
      return state.done ? state : { ...state, load: "loading", fault: null, empty: 0 };
    case "answer":
      return withAnswer(state, action.answer);
    case "failed":
      return { ...state, load: "failed", fault: action.fault };
  }
}

/** Goes on by itself after an answer without results, a bounded number of times. */
function withAnswer(state: MessageSearch, answer: SearchResults): MessageSearch {
  const { results, cursor, searched } = answer;
  const known = state.stale ? [] : state.hits;
  const fresh = results.filter((hit) => !known.some((one) => isSame(one, hit)));
  const empty = fresh.length > 0 ? 0 : state.empty + 1;
  const goesOn = cursor !== null && fresh.length === 0 && empty < MOST_EMPTY;
  return {
    ...state,
    load: goesOn ? "loading" : "paused",
    hits: [...known, ...fresh],
    stale: false,
    cursor,
    done: cursor === null,
    searched: {
      sessions: state.searched.sessions + searched.sessions,
      messages: state.searched.messages + searched.messages,
    },
    empty,
  };
}

const isSame = (one: Hit, other: Hit) =>
  one.session_id === other.session_id && one.message_id === other.message_id;
