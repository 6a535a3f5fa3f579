import { plainText } from "./plainText";

/** Longest piece that is spoken at once: some browsers fall silent in the middle of longer ones. */
const PIECE = 200;

const FENCE = /^\s{0,3}(`{3,}|~{3,})(.*)$/;

/** Leaves out blocks of code, also one that is open to the end. */
function withoutCode(markdown: string): string {
  let open = "";
  const kept = markdown.split("\n").filter((line) => {
    const [, mark = "", rest = ""] = FENCE.exec(line) ?? [];
    if (!open) {
      open = mark;
      return !mark;
    }
    if (mark.startsWith(open) && !rest.trim()) open = "";
    return false;
  });
  return kept.join("\n");
}

/** Returns what is read aloud of a reply: its text without code, formulas and marks. */
export const spokenText = (markdown: string) =>
  plainText(withoutCode(markdown).replace(/\$\$[\s\S]*?\$\$/g, ""))
    .replace(/https?:\S+/g, "")
    .replace(/[ \t]+/g, " ")
    .replace(/\n{2,}/g, "\n")
    .trim();

/** Splits a text at the ends of sentences into pieces that voices read without a break. */
export function spokenPieces(text: string): string[] {
  const sentences = text.match(/[^\n.!?。！？；]+[.!?。！？；]*\s*|[.!?。！？；]+\s*|\n+/g) ?? [];
  const pieces: string[] = [];
  let piece = "";
  for (const sentence of sentences.flatMap(cut)) {
    const breaks = piece.length + sentence.length > PIECE || piece.endsWith("\n");
    if (breaks && piece.trim()) {
      pieces.push(piece.trim());
      piece = "";
    }
    piece += sentence;
  }
  return piece.trim() ? [...pieces, piece.trim()] : pieces;
}

/** Cuts a sentence that is too long, between words where it has any. */
function cut(sentence: string): string[] {
  return sentence.length <= PIECE
    ? [sentence]
    : (sentence.match(
        new RegExp(`[\\s\\S]{1,${PIECE}}(?:[\\s,，、]|$)|[\\s\\S]{1,${PIECE}}`, "g"),
      ) ?? []);
}

/** Chooses a voice of a language: one of the same region if there is one, a local one before others. */
export function voiceFor<T extends Pick<SpeechSynthesisVoice, "lang" | "localService">>(
  voices: readonly T[],
  lang: string,
): T | undefined {
  const [language] = lang.toLowerCase().split("-");
  const nameOf = (voice: T) => voice.lang.toLowerCase().replace("_", "-");
  const fitting = voices.filter((voice) => nameOf(voice).split("-")[0] === language);
  const exact = fitting.filter((voice) => nameOf(voice) === lang.toLowerCase());
  const best = exact.length > 0 ? exact : fitting;
  return best.find(({ localService }) => localService) ?? best[0];
}
