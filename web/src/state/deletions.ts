import type { Session } from "../api/schemas";

/** waiting: can be undone; asked: sent to the server; gone: confirmed by the server. */
type Stage = "waiting" | "asked" | "gone";

export interface Deletion {
  session: Session;
  stage: Stage;
}

export type DeletionAction =
  | { type: "removed"; session: Session }
  | { type: "undone" }
  | { type: "asked" }
  | { type: "gone"; sessionId: string }
  | { type: "failed"; sessionId: string };

/** Sessions deleted on this page. The list hides them even if a refresh contains them. */
export function reduceDeletions(
  state: readonly Deletion[],
  action: DeletionAction,
): readonly Deletion[] {
  switch (action.type) {
    case "removed":
      return [
        ...without(state, action.session.session_id),
        { session: action.session, stage: "waiting" },
      ];
    case "undone":
      return state.filter(({ stage }) => stage !== "waiting");
    case "asked":
      return state.map((one) => (one.stage === "waiting" ? { ...one, stage: "asked" } : one));
    case "gone":
      return state.map((one) => (isOf(one, action.sessionId) ? { ...one, stage: "gone" } : one));
    case "failed":
      return without(state, action.sessionId);
  }
}

const isOf = ({ session }: Deletion, sessionId: string) => session.session_id === sessionId;

const without = (state: readonly Deletion[], sessionId: string) =>
  state.filter((one) => !isOf(one, sessionId));

export const waitingOf = (state: readonly Deletion[]) =>
  state.filter(({ stage }) => stage === "waiting").map(({ session }) => session);

export const isDeleted = (state: readonly Deletion[], sessionId: string | null) =>
  sessionId !== null && state.some((one) => isOf(one, sessionId));
