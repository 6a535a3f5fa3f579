import type { Fault } from "../api/fault";
import type { StreamState } from "../api/follow";
import { createStore } from "./store";

/** What the page knows about its connection to the server. */
export interface Connection {
  /** The browser says that there is no network. An answer shows the contrary, until a request fails again. */
  offline: boolean;
  /** What the last request showed. */
  server: "answers" | "unreachable" | "silent";
  /** The stream of the reply that is followed, if any. */
  stream: StreamState | null;
  /** Why the server refuses that stream, if it gives a reason. */
  refusal: Fault | null;
  /** Why the server refuses the page itself, if it does: a limit, or no sign-in. */
  blocked: Fault | null;
}

export type ConnectionEvent =
  | { type: "offline" }
  | { type: "online" }
  | { type: "answered" }
  | { type: "unreachable" }
  | { type: "slow" }
  | { type: "blocked"; fault: Fault | null }
  | { type: "stream"; stream: StreamState | null; refusal: Fault | null };

/** live: nothing needs to be said. */
export type Line = "live" | "offline" | "reconnecting" | "silent" | "refused";

export const CONNECTED: Connection = {
  offline: false,
  server: "answers",
  stream: null,
  refusal: null,
  blocked: null,
};

export function reduceConnection(state: Connection, event: ConnectionEvent): Connection {
  switch (event.type) {
    case "offline":
      return { ...state, offline: true, server: "unreachable" };
    case "online":
      // Until the server has answered it is not known whether it can be reached.
      return { ...state, offline: false };
    case "answered":
      return withServer(state, "answers");
    case "unreachable":
      return withServer(state, "unreachable");
    case "slow":
      return withServer(state, state.server === "unreachable" ? "unreachable" : "silent");
    case "blocked":
      return state.blocked === event.fault ? state : { ...state, blocked: event.fault };
    case "stream":
      return withStream(state, event);
  }
}

const withServer = (state: Connection, server: Connection["server"]): Connection =>
  state.server === server ? state : { ...state, server };

function withStream(
  state: Connection,
  { stream, refusal }: Extract<ConnectionEvent, { type: "stream" }>,
): Connection {
  const answered = stream === "open" ? withServer(state, "answers") : state;
  if (answered.stream === stream && answered.refusal === refusal) return answered;
  return { ...answered, stream, refusal };
}

/** Returns the one thing to say about the connection. */
export function lineOf(state: Connection): Line {
  const { offline, server, stream } = state;
  if (offline && server !== "answers") return "offline";
  if (server === "unreachable") return "reconnecting";
  if (refusalOf(state)) return "refused";
  if (server === "silent" || stream === "silent") return "silent";
  return stream === "lost" ? "reconnecting" : "live";
}

/** Why the server refuses the page, or else the stream. */
export const refusalOf = ({ blocked, refusal }: Connection) => blocked ?? refusal;

/** Whether a request may be expected to arrive. A stream may be lost although others are answered. */
export const isReachable = ({ server, stream }: Connection) =>
  server === "answers" && stream !== "silent";

/** The connection of this page. */
export const connection = createStore(reduceConnection, CONNECTED);
