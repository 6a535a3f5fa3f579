import type { History, Message } from "../api/schemas";

export type ExportFormat = "markdown" | "json";

export interface ExportWords {
  untitled: string;
  you: string;
  trimmed: string;
  exported: (time: string) => string;
  /** The name of a persona. */
  personaOf: (role: string) => string;
  timeOf: (seconds: number) => string;
}

interface Download {
  name: string;
  type: string;
  text: string;
}

/** Formats a session as Markdown: a heading and the original text of each message. */
export function asMarkdown(history: History, words: ExportWords, now: Date): string {
  const title = history.title.replace(/\s+/g, " ").trim() || words.untitled;
  const head = [`# ${title}`, `_${words.exported(words.timeOf(now.getTime() / 1000))}_`];
  const note = history.trimmed ? [`_${words.trimmed}_`] : [];
  const messages = history.messages.map((message) => sectionOf(message, history.role, words));
  return `${[...head, ...note, ...messages].join("\n\n")}\n`;
}

function sectionOf(message: Message, role: string, words: ExportWords): string {
  const who = message.role === "user" ? words.you : words.personaOf(message.persona ?? role);
  return `## ${who} · ${words.timeOf(message.timestamp)}\n\n${message.content.trim()}`;
}

/** Formats the stored session as JSON, without momentary fields. */
export function asJson(history: History, now: Date): string {
  const { session_id, title, role, messages, trimmed } = history;
  const kept = { session_id, title, role, messages, trimmed };
  return `${JSON.stringify({ exported_at: now.toISOString(), ...kept }, null, 2)}\n`;
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: file systems refuse them
const UNSAFE = /[\\/:*?"<>|#%\u0000-\u001f\u007f\u200b-\u200f\u202a-\u202e\u2066-\u2069]+/g;
const LONGEST = 60;

/** Returns a file name that is valid on every file system: title, day, extension. */
export function fileNameOf(title: string, now: Date, ending: string): string {
  const words = title.replace(UNSAFE, " ").replace(/\s+/g, " ").trim();
  const short = [...words]
    .slice(0, LONGEST)
    .join("")
    .replace(/^[. ]+|[. ]+$/g, "");
  const day = [now.getFullYear(), now.getMonth() + 1, now.getDate()]
    .map((part) => String(part).padStart(2, "0"))
    .join("-");
  return `${short || "holdfast"} ${day}.${ending}`;
}

export function downloadOf(
  history: History,
  format: ExportFormat,
  words: ExportWords,
  now: Date,
): Download {
  const title = history.title || words.untitled;
  return format === "json"
    ? { name: fileNameOf(title, now, "json"), type: "application/json", text: asJson(history, now) }
    : {
        name: fileNameOf(title, now, "md"),
        type: "text/markdown;charset=utf-8",
        text: asMarkdown(history, words, now),
      };
}

export function save({ name, type, text }: Download): void {
  const address = URL.createObjectURL(new Blob([text], { type }));
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  // Some browsers start to read only after the click handler has ended.
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}
