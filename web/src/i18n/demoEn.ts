import type { Catalogue } from "./catalogue";
import type { demoZh } from "./demoZh";

/** The sentences about the worker that a reader may kill, with `make run` and its own model. */
export const demoEn: Pick<Catalogue, keyof typeof demoZh> = {
  plug: {
    pull: "Pull the plug",
    explain: "Try it: kill the process that is writing. The reply goes on.",
    killing: "Killing the process…",
    killed: (characters) =>
      `The process was killed (kill -9) after ${characters} characters. Another one is starting…`,
    resumed: (characters, seconds) =>
      `The process was killed (kill -9) after ${characters} characters. ${seconds} s later another one went on at the same place. Nothing is lost.`,
    restarted: (characters, seconds) =>
      `The process was killed (kill -9) after ${characters} characters. ${seconds} s later another one started the reply again, because this model cannot continue a text.`,
    ended: "The reply was complete when the process was killed. Nothing is lost.",
  },
};
