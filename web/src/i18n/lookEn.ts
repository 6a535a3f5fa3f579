import type { Catalogue } from "./catalogue";
import type { lookZh } from "./lookZh";

/** The words of the empty page, and of the printed one. */
export const lookEn: Pick<Catalogue, keyof typeof lookZh> = {
  welcomeTitle: "Ask. The answer holds fast.",
  hintByMod: "Ctrl + Enter to send · Enter for a new line",
  hintByCommand: "⌘ + Enter to send · Enter for a new line",
  printPartly: "Not all of the conversation was loaded when this was printed.",
};
