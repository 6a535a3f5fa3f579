import type { Approval } from "../api/schemas";
import type { Call, Step } from "../state/calls";

const call = (id: string, more: Partial<Call> = {}): Call => ({
  id,
  name: "search_files",
  title: "Search files",
  arguments: '{"query":"annual report 2026","folder":"/reports","limit":20}',
  server: "docs",
  started: true,
  asked: [],
  progress: null,
  since: null,
  ...more,
});

const LONG = Array.from({ length: 40 }, (_, line) => `reports/2026/part-${line}.md`).join("\n");

const over: Step[] = [
  {
    content: "I will look it up.",
    complete: true,
    calls: [
      call("ok", { status: "ok", content: LONG, seconds: 2.13 }),
      call("error", {
        status: "error",
        code: "tool_timeout",
        content: "",
        name: "read",
        title: "",
      }),
    ],
  },
  {
    content: "\n\nAnd now the rest.",
    complete: true,
    calls: [
      call("denied", {
        status: "denied",
        content: "",
        approval: { id: "2", index: 2, kind: "call", state: "denied", note: "Not that folder." },
      }),
      call("unknown", { status: "unknown", content: "", title: "Send the report by mail" }),
      call("limit", { status: "limit", content: "", started: false }),
    ],
  },
];

const QUESTION: Approval = {
  id: "2",
  index: 2,
  kind: "call",
  state: "asked",
  until: Date.now() / 1000 + 86_400,
};

const INPUT: Approval = {
  id: "3.0",
  index: 3,
  kind: "input",
  state: "asked",
  message: "Where should the report go?",
  form: {
    type: "object",
    properties: {
      mail: { type: "string", format: "email", title: "Email address" },
      copies: { type: "integer", minimum: 1, maximum: 9, title: "Copies", default: 1 },
      size: { type: "string", enum: ["a4", "letter"], enumNames: ["A4", "Letter"], title: "Size" },
      parts: {
        type: "array",
        title: "Parts",
        description: "What goes into it",
        items: { enum: ["Summary", "Figures", "Notes"] },
      },
      seal: { type: "boolean", title: "With a seal" },
    },
    required: ["mail"],
  },
};

const ADDRESS: Approval = {
  id: "4.0",
  index: 4,
  kind: "input",
  state: "asked",
  message: "Please sign in at the archive.",
  form: { mode: "url", url: "https://archive.example.com/sign-in?for=report" },
};

const live: Step[] = [
  {
    content: "I will look it up.",
    complete: true,
    calls: [
      call("runs", {
        since: Date.now() - 12_000,
        progress: { progress: 3, total: 10, message: "Reading part 3 of 10" },
      }),
      call("ready", { started: false, title: "", name: "list_all_the_folders_of_the_archive" }),
      call("asked", {
        started: false,
        asked: [QUESTION],
        name: "delete_file",
        title: "Delete a file",
      }),
      call("input", { asked: [INPUT], title: "Send the report" }),
      call("address", { asked: [ADDRESS], title: "Open the archive" }),
    ],
  },
  {
    content: "",
    complete: false,
    calls: [call("writes", { started: false, arguments: '{"query":"annual rep' })],
  },
];

/** Calls of tools in each of their states. */
export const SAMPLE_STEPS = { over, live };
