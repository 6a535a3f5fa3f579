import type { Reply } from "./reply";

/** What became of the worker that the reader killed in the middle of a reply. */
export interface Plug {
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
  | { type: "pulled"; reply: Reply; now: number }
  | { type: "killed"; now: number }
  | { type: "refused" }
  | { type: "observed"; reply: Reply | null; now: number };

export function reducePlug(plug: Plug | null, action: PlugAction): Plug | null {
  switch (action.type) {
    case "pulled":
      return begun(action.reply, action.now);
    case "killed":
      return plug && { ...plug, phase: "killed", killedAt: action.now };
    case "refused":
      return null;
    case "observed":
      return plug && observed(plug, action.reply, action.now);
  }
}

const begun = ({ turnId, text, resumes, restarts }: Reply, now: number): Plug => ({
  turnId,
  phase: "killing",
  characters: text.length,
  killedAt: now,
  seconds: 0,
  resumes,
  restarts,
});

function observed(plug: Plug, reply: Reply | null, now: number): Plug | null {
  if (reply && reply.turnId !== plug.turnId) return null;
  if (plug.phase !== "killing" && plug.phase !== "killed") return plug;
  if (!reply) return plug.phase === "killed" ? { ...plug, phase: "ended" } : plug;
  const seconds = (now - plug.killedAt) / 1000;
  if (reply.restarts > plug.restarts) return { ...plug, phase: "restarted", seconds };
  if (reply.resumes > plug.resumes) return { ...plug, phase: "resumed", seconds };
  return plug;
}
