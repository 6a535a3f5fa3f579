import type { Reply } from "./reply";

/** What became of the worker that the reader killed in the middle of a reply. */
export interface Plug {
  sessionId: string;
  turnId: string;
  phase: "killing" | "killed" | "resumed" | "restarted" | "ended";
  /** Characters of the reply that were shown when the worker was killed. */
  characters: number;
  killedAt: number;
  /** Seconds until another worker wrote. */
  seconds: number;
  resumes: number;
  restarts: number;
}

export type PlugAction =
  | { type: "pulled"; sessionId: string; reply: Reply; now: number }
  | { type: "killed"; reply: Reply | null; now: number }
  | { type: "dismissed" }
  | { type: "refused" }
  | { type: "observed"; reply: Reply | null; now: number };

export function reducePlug(plug: Plug | null, action: PlugAction): Plug | null {
  switch (action.type) {
    case "pulled":
      return begun(action);
    case "killed":
      return plug && killed(plug, action.reply, action.now);
    case "dismissed":
    case "refused":
      return null;
    case "observed":
      return plug && observed(plug, action.reply, action.now);
  }
}

function begun({ sessionId, reply, now }: Extract<PlugAction, { type: "pulled" }>): Plug {
  const { turnId, text, resumes, restarts } = reply;
  const counted = { characters: text.length, killedAt: now, seconds: 0, resumes, restarts };
  return { sessionId, turnId, phase: "killing", ...counted };
}

/** The worker writes on until it is killed, so the characters are counted then, not at the click. */
function killed(plug: Plug, reply: Reply | null, now: number): Plug {
  if (plug.phase !== "killing") return plug;
  const characters = reply?.turnId === plug.turnId ? reply.text.length : plug.characters;
  return { ...plug, phase: "killed", characters, killedAt: now };
}

function observed(plug: Plug, reply: Reply | null, now: number): Plug | null {
  if (reply && reply.turnId !== plug.turnId) return null;
  if (isSettled(plug)) return plug;
  if (!reply) return plug.phase === "killed" ? { ...plug, phase: "ended" } : plug;
  const seconds = (now - plug.killedAt) / 1000;
  if (reply.restarts > plug.restarts) return { ...plug, phase: "restarted", seconds };
  if (reply.resumes > plug.resumes) return { ...plug, phase: "resumed", seconds };
  return plug;
}

/** Whether it is known what became of the reply. */
export const isSettled = ({ phase }: Plug) => phase !== "killing" && phase !== "killed";
