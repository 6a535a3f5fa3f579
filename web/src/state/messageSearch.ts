import type { Fault } from "../api/fault";
import type { Hit, SearchResults } from "../api/schemas";

/** A search in messages, answer by answer. */
export interface MessageSearch {
  /** What is searched for; empty if the text is too short for a search. */
  query: string;
  /** paused: the reader may still be typing, or has not asked for more yet. */
  load: "paused" | "loading" | "failed";
  /** The number of the latest request. An answer to another one, or to one that was given up, is ignored. */
  request: number;
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
  | { type: "answer"; request: number; answer: SearchResults }
  | { type: "failed"; request: number; fault: Fault };

export const noSearch: MessageSearch = {
  query: "",
  load: "paused",
  request: 0,
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

/** The answer to a request can arrive after another text is typed, and before the request is cancelled. */
const isExpected = ({ load, request }: MessageSearch, action: { request: number }) =>
  load === "loading" && action.request === request;

export function reduceSearch(state: MessageSearch, action: SearchAction): MessageSearch {
  switch (action.type) {
    case "typed":
      return action.query === state.query ? state : withQuery(state, action.query);
    case "asked":
      if (state.done || state.load === "loading") return state;
      return { ...loading(state), fault: null, empty: 0 };
    case "answer":
      return isExpected(state, action) ? withAnswer(state, action.answer) : state;
    case "failed":
      return isExpected(state, action) ? withFailure(state, action.fault) : state;
  }
}

/** Begins another search. It shows the results of the one before until its first answer. */
function withQuery({ request, hits }: MessageSearch, query: string): MessageSearch {
  if (!query) return { ...noSearch, request };
  return { ...noSearch, request, query, hits, stale: hits.length > 0 };
}

const loading = (state: MessageSearch): MessageSearch => ({
  ...state,
  load: "loading",
  request: state.request + 1,
});

/** Goes on by itself after an answer without results, a bounded number of times. */
function withAnswer(state: MessageSearch, answer: SearchResults): MessageSearch {
  const { results, cursor, searched } = answer;
  const known = state.stale ? [] : state.hits;
  const fresh = results.filter((hit) => !known.some((one) => isSame(one, hit)));
  const empty = fresh.length > 0 ? 0 : state.empty + 1;
  const goesOn = cursor !== null && fresh.length === 0 && empty < MOST_EMPTY;
  return {
    ...(goesOn ? loading(state) : { ...state, load: "paused" }),
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

/** Keeps what this query has found. Results of another one would stand, greyed out, below the error. */
const withFailure = (state: MessageSearch, fault: Fault): MessageSearch => ({
  ...state,
  load: "failed",
  fault,
  hits: state.stale ? [] : state.hits,
  stale: false,
});

const isSame = (one: Hit, other: Hit) =>
  one.session_id === other.session_id && one.message_id === other.message_id;
