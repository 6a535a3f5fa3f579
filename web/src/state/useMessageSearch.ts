import { useCallback, useEffect, useMemo, useReducer } from "react";
import * as chat from "../api/chat";
import { faultOf } from "../api/http";
import { type MessageSearch, noSearch, queryOf, reduceSearch } from "./messageSearch";

/** Milliseconds without typing before a search begins. */
const PAUSE = 250;

export interface MessageSearchControls extends MessageSearch {
  /** Goes on with the search, or begins it at once. */
  more: () => void;
}

/** Searches messages for a text that is being typed. Another text cancels the request for the one before. */
export function useMessageSearch(text: string): MessageSearchControls {
  const [search, dispatch] = useReducer(reduceSearch, noSearch);
  const wanted = queryOf(text);
  const { query, cursor, load, request } = search;

  useEffect(() => {
    dispatch({ type: "typed", query: wanted });
    if (!wanted) return;
    const timer = setTimeout(() => dispatch({ type: "asked" }), PAUSE);
    return () => clearTimeout(timer);
  }, [wanted]);

  useEffect(() => {
    if (load !== "loading") return;
    const abort = new AbortController();
    const { signal } = abort;
    chat.search(query, cursor, signal).then(
      (answer) => signal.aborted || dispatch({ type: "answer", request, answer }),
      (error) => signal.aborted || dispatch({ type: "failed", request, fault: faultOf(error) }),
    );
    return () => abort.abort();
  }, [load, query, cursor, request]);

  const more = useCallback(() => dispatch({ type: "asked" }), []);
  return useMemo(() => ({ ...search, more }), [search, more]);
}
