import type { Attachment, History, WaitingQuestion } from "../api/schemas";

/** A change of the waiting questions that the server has not answered yet. */
export type Change =
  | {
      type: "add";
      key: string;
      text: string;
      files?: readonly Attachment[];
      /** The turns that waited before, to distinguish the question from an equal one. */
      known: readonly string[];
    }
  | { type: "edit"; turnId: string; text: string }
  | { type: "remove"; turnId: string }
  | { type: "discard" }
  | { type: "resume" };

/** The questions of a session that wait until the replies before them have ended. */
export interface Waiting {
  /** As the server has them, in order. */
  questions: readonly WaitingQuestion[];
  paused: boolean;
  changes: readonly Change[];
  /** Counts the answered changes: a history that was requested before one may not contain it. */
  revision: number;
  /** The server's revision of `questions` and `paused`. */
  stored: number;
}

export type WaitingAction =
  | { type: "changing"; change: Change }
  /** `turnId`: of an added question. */
  | { type: "changed"; change: Change; turnId?: string; now: number }
  | { type: "unchanged"; change: Change };

/** A question of the list, whose id is null until the server has taken it. */
export interface ListedQuestion {
  key: string;
  turnId: string | null;
  text: string;
  files: readonly Attachment[];
}

const NONE: readonly Attachment[] = [];

export const NO_WAITING: Waiting = {
  questions: [],
  paused: false,
  changes: [],
  revision: 0,
  stored: 0,
};

export function reduceWaiting(state: Waiting, action: WaitingAction): Waiting {
  switch (action.type) {
    case "changing":
      return { ...state, changes: [...state.changes, action.change] };
    case "changed":
      return { ...answered(state, action.change), ...effectOf(state, action) };
    case "unchanged":
      return answered(state, action.change);
  }
}

const answered = (state: Waiting, change: Change): Waiting => ({
  ...state,
  changes: state.changes.filter((one) => one !== change),
  revision: state.revision + 1,
});

type Changed = Extract<WaitingAction, { type: "changed" }>;

function effectOf({ questions }: Waiting, { change, turnId = "", now }: Changed): Partial<Waiting> {
  if (change.type === "resume") return { paused: false };
  if (change.type === "discard") return { questions: [], paused: false };
  if (change.type !== "add") return { questions: withChange(questions, change) };
  if (questions.some(({ turn_id }) => turn_id === turnId)) return {};
  const { text: message, files = NONE } = change;
  const asked = { turn_id: turnId, message, attachments: [...files], asked_at: now / 1000 };
  return { questions: [...questions, { ...asked, role: "", model: "" }] };
}

function withChange(
  questions: readonly WaitingQuestion[],
  change: Change,
): readonly WaitingQuestion[] {
  switch (change.type) {
    case "edit":
      return questions.map((one) =>
        one.turn_id === change.turnId ? { ...one, message: change.text } : one,
      );
    case "remove":
      return questions.filter(({ turn_id }) => turn_id !== change.turnId);
    case "discard":
      return [];
    default:
      return questions;
  }
}

/** Applies a history; one of an earlier release has no waiting questions. Changes without an answer stay. */
export function withHistoryOf(state: Waiting, history: Partial<History>): Waiting {
  const { waiting = [], paused = false, waiting_revision: stored = 0 } = history;
  const same = JSON.stringify(state.questions) === JSON.stringify(waiting);
  if (same && state.paused === paused && state.stored === stored) return state;
  return { ...state, questions: same ? state.questions : waiting, paused, stored };
}

/** Returns the questions as the reader sees them: with all changes that the server has not answered yet. */
export function listed({ questions, changes }: Waiting): ListedQuestion[] {
  const stored = changes.reduce(withChange, questions);
  const added = changes.filter((change) => change.type === "add");
  return [
    ...stored.map(({ turn_id, message, attachments: files = NONE }) => ({
      key: turn_id,
      turnId: turn_id,
      text: message,
      files,
    })),
    ...added
      .filter((change) => !isAmong(questions, change))
      .map(({ key, text, files = NONE }) => ({ key, turnId: null, text, files })),
  ];
}

/** Whether a history already has the question that is being added. */
export function isAmong(
  questions: readonly WaitingQuestion[],
  { text, known }: { text: string; known: readonly string[] },
): boolean {
  return questions.some(({ turn_id, message }) => message === text && !known.includes(turn_id));
}

/** Whether the questions wait for the reader to go on. */
export const isPaused = ({ paused, questions, changes }: Waiting) =>
  paused &&
  questions.length > 0 &&
  !changes.some(({ type }) => type === "resume" || type === "discard");

export const isAdding = ({ changes }: Waiting) => changes.some(({ type }) => type === "add");
