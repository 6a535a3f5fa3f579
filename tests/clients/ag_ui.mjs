// Runs `HttpAgent` of @ag-ui/client: one JSON object of options as argument, one JSON line per event, the messages last.
import { buildResumeArray, HttpAgent } from "@ag-ui/client";

const options = JSON.parse(process.argv[2]);
const headers = { Authorization: `Bearer ${options.token}` };
if (options.lastEventId) headers["Last-Event-ID"] = options.lastEventId;
const agent = new HttpAgent({ url: options.url, headers, threadId: options.threadId, initialMessages: options.messages });

process.on("unhandledRejection", () => {}); // the client cancels the reader of a stream that broke off
let broken = "";
let text = "";
const subscriber = {
  onEvent: ({ event }) => console.log(JSON.stringify({ type: event.type, code: event.code, outcome: event.outcome })),
  onTextMessageContentEvent: ({ event }) => {
    text += event.delta;
    if (options.abortAt && text.includes(options.abortAt)) agent.abortRun();
  },
};
const { runId, tools = [], forwardedProps = {} } = options;
const run = { runId, tools, forwardedProps };
for (let tries = options.tries ?? 1; tries > 0; tries--) {
  try {
    await agent.runAgent(run, subscriber);
    broken = "";
    break;
  } catch (error) {
    broken = String(error?.message ?? error);
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
}
if (options.answer) {
  const answers = Object.fromEntries(agent.pendingInterrupts.map(({ id }) => [id, options.answer]));
  try {
    await agent.runAgent({ forwardedProps, resume: buildResumeArray(agent.pendingInterrupts, answers) }, subscriber);
  } catch (error) {
    broken = String(error?.message ?? error);
  }
}
console.log(JSON.stringify({ broken, messages: agent.messages }));
process.exit(0);
