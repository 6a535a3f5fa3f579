import { ALL_SHOWN, type Marks } from "../state/marks";
import { request, respond } from "./http";
import type {
  Feedback,
  History,
  HistoryPart,
  Me,
  Model,
  Models,
  Personas,
  SearchResults,
  Session,
  SessionPage,
  SessionSettings,
  Started,
  TagCount,
  Turn,
  TurnAccepted,
  TurnRequest,
  TurnState,
} from "./schemas";
import { eventsIn, type SequencedEvent } from "./sse";

const part = encodeURIComponent;

/** Messages per page, and the maximum that the server returns. */
const PAGE = 50;
export const LARGEST_PAGE = 100;

export const whoAmI = () => request<Me>("/me");

export const listPersonas = () => request<Personas>("/roles");

/** Reads the models on offer. The API of an earlier release says less about them. */
export async function listModels(): Promise<Models> {
  const offer = await request<Models>("/models");
  const models = offer.models.map((model) => ({ ...plainModel(model.id), ...model }));
  return { ...offer, models };
}

const plainModel = (id: string): Model => ({
  id,
  label: id,
  provider: "",
  demo: false,
  can: [],
  context_length: null,
  thinking: "no",
  price: null,
});

/** Reads a page of the list. The API of an earlier release has neither marks nor an archive. */
export async function listSessions(
  limit: number,
  offset = 0,
  { archived, tag } = ALL_SHOWN,
): Promise<SessionPage> {
  const query = { limit, offset, ...(archived ? { archived } : {}), ...(tag ? { tag } : {}) };
  const page = await request<SessionPage>("/chat/sessions", { query });
  return { ...page, sessions: page.sessions.map((one) => ({ ...UNMARKED, ...one })) };
}

const UNMARKED: Marks = { pinned: false, archived: false, tags: [] };

export const startSession = (role?: string, settings?: SessionSettings) =>
  request<Started>("/chat/start", { method: "POST", query: { role }, body: settings });

/** Sets instructions and parameters of a session. */
export const changeSettings = (sessionId: string, settings: SessionSettings) =>
  request<Session>(`/chat/sessions/${part(sessionId)}`, { method: "PATCH", body: settings });

export const renameSession = (sessionId: string, title: string) =>
  request<Session>(`/chat/sessions/${part(sessionId)}`, { method: "PATCH", body: { title } });

export const markSession = (sessionId: string, marks: Partial<Marks>) =>
  request<Session>(`/chat/sessions/${part(sessionId)}`, { method: "PATCH", body: marks });

/** Reads the tags of all sessions. */
export const listTags = async () => (await request<{ tags?: TagCount[] }>("/me/tags")).tags ?? [];

const feedbackPath = (sessionId: string, messageId: string) =>
  `/chat/sessions/${part(sessionId)}/messages/${part(messageId)}/feedback`;

/** Votes on a reply, or (null) takes the vote back. */
export const giveFeedback = (sessionId: string, messageId: string, feedback: Feedback | null) =>
  feedback
    ? request(feedbackPath(sessionId, messageId), { method: "PUT", body: feedback })
    : request(feedbackPath(sessionId, messageId), { method: "DELETE" });

/** Shows the branch of a message, to the leaf that was shown last. */
export const showBranch = (sessionId: string, messageId: string) =>
  request<Session>(`/chat/sessions/${part(sessionId)}`, {
    method: "PATCH",
    body: { leaf: messageId },
  });

/** Deletes a message with all that follow it. */
export const deleteMessage = (sessionId: string, messageId: string) =>
  request(`/chat/sessions/${part(sessionId)}/messages/${part(messageId)}`, { method: "DELETE" });

export const deleteSession = (sessionId: string) =>
  request(`/chat/sessions/${part(sessionId)}`, { method: "DELETE", keepalive: true });

/** Reads the newest messages, or those before the message `before`; fewer than `limit` if they are large. */
export const readHistory = (sessionId: string, before?: string, limit = PAGE) =>
  request<History>("/chat/history", { query: { session_id: sessionId, before, limit } });

/** Reads the page around or after a message; of the message's own branch if need be. */
export const readPart = (sessionId: string, part: { around?: string; after?: string }) =>
  request<HistoryPart>("/chat/history", { query: { session_id: sessionId, ...part, limit: PAGE } });

/** Finds titles and messages. An answer with a cursor is not the last one, also if it has no results. */
export const search = (query: string, cursor: string | null, signal: AbortSignal) =>
  request<SearchResults>("/chat/search", {
    method: "POST",
    body: { query, ...(cursor ? { cursor } : {}) },
    signal,
  });

export const clearHistory = (sessionId: string) =>
  request(`/chat/history/${part(sessionId)}`, { method: "DELETE" });

export const openTurn = (turn: TurnRequest, key: string) =>
  request<TurnAccepted>("/chat/turns", {
    method: "POST",
    body: turn,
    headers: { "Idempotency-Key": key },
  });

export const readTurn = (turnId: string, signal?: AbortSignal) =>
  request<Turn>(`/chat/turns/${part(turnId)}`, { signal });

/** Checks whether the server would send a turn's events, without reading them. Throws `Problem` if not. */
export async function tryEvents(turnId: string, after: number): Promise<void> {
  const query = { ...(after > 0 ? { after } : {}), wait: 0 };
  const response = await respond(`/chat/turns/${part(turnId)}/events`, { query });
  await response.body?.cancel();
}

/**
 * Reads the events after a cursor in one body: those that are there, or else the first within `wait` seconds. Null if
 * the turn is over and all were read.
 */
export async function readEvents(
  turnId: string,
  after: number,
  wait: number,
  signal: AbortSignal,
): Promise<SequencedEvent[] | null> {
  const query = { after, wait };
  const response = await respond(`/chat/turns/${part(turnId)}/events`, { query, signal });
  return response.status === 204 ? null : eventsIn(await response.text());
}

export const cancelTurn = (turnId: string) =>
  request<TurnState>(`/chat/turns/${part(turnId)}/cancel`, { method: "POST" });

/** Removes a waiting question. Throws `not_waiting` once it is asked: its reply goes on. */
export const removeWaiting = (turnId: string) =>
  request<TurnState>(`/chat/turns/${part(turnId)}/cancel`, {
    method: "POST",
    query: { only: "waiting" },
  });

/** Changes the text of a waiting question. */
export const changeWaiting = (turnId: string, message: string) =>
  request<TurnState>(`/chat/turns/${part(turnId)}`, { method: "PATCH", body: { message } });

/** Ends the pause of the waiting questions. */
export const resumeWaiting = (sessionId: string) =>
  request(`/chat/sessions/${part(sessionId)}/waiting/resume`, { method: "POST" });

/** Removes all waiting questions. */
export const discardWaiting = (sessionId: string) =>
  request(`/chat/sessions/${part(sessionId)}/waiting`, { method: "DELETE" });

export const eventsAddress = (turnId: string, after: number) =>
  `/api/chat/turns/${part(turnId)}/events?${after > 0 ? `after=${after}&` : ""}ping=event`;
