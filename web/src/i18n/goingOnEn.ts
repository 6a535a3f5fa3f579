import type { Catalogue } from "./catalogue";
import type { goingOnZh } from "./goingOnZh";

const countOf = (count: number, one: string) =>
  count > 0 ? `${count} ${one}${count === 1 ? "" : "s"}` : "";

/** Sentences about replies that stopped early and go on, about what replies survived, and about questions that wait. */
export const goingOnEn: Pick<Catalogue, keyof typeof goingOnZh> = {
  goingOn: {
    button: "Continue",
    running: "The reply goes on",
    atLength: "Stopped at the length limit",
    survived: "Survived",
    losses: (connections, workers) =>
      [countOf(connections, "lost connection"), countOf(workers, "lost worker")]
        .filter(Boolean)
        .join(", "),
    waiting: (count) => (count === 1 ? "1 question waits" : `${count} questions wait`),
  },
};
