import type { Message } from "../api/schemas";
import type { QuestionEntry, ReplyEntry } from "../state/entries";
import { SAMPLE_STEPS } from "./steps";

const NOON = Date.UTC(2026, 10, 29, 12) / 1000;

const question: QuestionEntry = {
  kind: "question",
  key: "q",
  id: "q",
  text: "How does a stream differ from pub/sub?",
  files: [],
  at: NOON,
  sending: false,
  versions: null,
  unanswered: false,
};

const VERSIONS = { index: 1, count: 3, ids: ["a", "r", "b"] };

export const QUESTIONS: QuestionEntry[] = [
  question,
  { ...question, key: "q:sending", text: "A question on its way", sending: true, id: null },
  { ...question, key: "q:unanswered", text: "A question without an answer", unanswered: true },
  { ...question, key: "q:versions", text: "A question with versions", versions: VERSIONS },
  { ...question, key: "q:rtl", text: "ما هي قائمة الانتظار؟" },
  { ...question, key: "q:zh", text: "用三句话解释什么是消息队列" },
];

const MARKDOWN = `# A heading

Pub/sub is a loudspeaker, a stream is a **logbook**: every entry has a *number*, stays where it is, and can be
read by \`XREAD\` from any point. See the [manual](https://example.org/streams).

## Lists and quotations

1. Take snapshots.
   - Keep one off the machine.
2. Test the restore.

- [x] written
- [ ] tried

> A backup that was never read back is a hope.

| | Snapshot | Log |
|---|---|---:|
| Loses at most | minutes | 1 s |
| Restart | fast | 1,204 ms |

\`\`\`python
def append(entry: str) -> int:
    """Returns the entry's number."""
    return log.add(entry)  # never changed again
\`\`\`

一条消息只会送达一次，绝不重复。

قائمة الانتظار تفي بوعودها.
`;

const stored: Message = {
  id: "r",
  role: "assistant",
  content: MARKDOWN,
  timestamp: NOON,
} as Message;

const reply: ReplyEntry = {
  kind: "reply",
  key: "r",
  id: "r",
  text: "",
  previous: "",
  thinking: "",
  calls: [],
  steps: [],
  turnId: null,
  phase: "done",
  finishReason: "stop",
  fault: null,
  position: 0,
  worker: null,
  retry: null,
  asked: null,
  standIn: null,
  restarts: 0,
  resuming: false,
  connected: true,
  refusal: null,
  persona: null,
  latest: false,
  lastEventAt: 0,
  thinkingSince: null,
  thinkingSeconds: null,
  message: stored,
  versions: null,
  replaced: false,
};

const running = { ...reply, id: null, message: null };
const WORDS = "Pub/sub is a loudspeaker, a stream is a logbook";

export const REPLIES: ReplyEntry[] = [
  {
    ...reply,
    text: MARKDOWN,
    latest: true,
    versions: VERSIONS,
    thinking: "Hm.",
    thinkingSeconds: 4,
  },
  { ...running, key: "r:queued", phase: "queued", position: 2 },
  { ...running, key: "r:thinking", phase: "thinking" },
  { ...running, key: "r:streaming", phase: "streaming", text: WORDS },
  { ...running, key: "r:restarted", phase: "restarted", restarts: 1 },
  { ...running, key: "r:lost", phase: "streaming", text: WORDS, connected: false },
  { ...running, key: "r:resuming", phase: "streaming", text: WORDS, resuming: true },
  {
    ...reply,
    key: "r:tools",
    text: "",
    finishReason: "tool_calls",
    calls: [
      { id: "1", name: "weather", arguments: '{"city":"Bern"}' },
      { id: "2", name: "time", arguments: "" },
    ],
  },
  {
    ...reply,
    key: "r:steps",
    text: "I will look it up.\n\nAnd now the rest.\n\nIt is all there.",
    steps: SAMPLE_STEPS.over,
  },
  {
    ...running,
    key: "r:steps-run",
    phase: "streaming",
    text: "I will look it up.",
    steps: SAMPLE_STEPS.live,
    turnId: "sample.1",
  },
  { ...reply, key: "r:length", text: WORDS, finishReason: "length" },
  { ...reply, key: "r:stopped", text: WORDS, phase: "stopped", finishReason: "cancelled" },
  {
    ...reply,
    key: "r:failed",
    text: WORDS,
    phase: "failed",
    finishReason: "error",
    fault: { code: "model_unavailable", detail: "The model is not available.", retryable: true },
  },
];
