// A chat as docs/clients.md shows it. Tests drive `window.chat` and read the page's text.
import { useChat } from "@ai-sdk/react";
import {
  DefaultChatTransport,
  lastAssistantMessageIsCompleteWithApprovalResponses,
  lastAssistantMessageIsCompleteWithToolCalls,
} from "ai";
import { createElement, useLayoutEffect, useRef } from "react";
import { createRoot } from "react-dom/client";

const query = new URLSearchParams(location.search);
const [id, model] = ["chat", "model"].map((name) => query.get(name));
const api = "/api/ai-sdk/chat";
const own = `${api}/${encodeURIComponent(id)}`;
const tools = { weather: { description: "Tells the weather.", parameters: { type: "object" } } };

const isTool = (part) => part.type.startsWith("tool-") || part.type === "dynamic-tool";
const isLost = (error) => error instanceof TypeError || error.message.includes("resumeStream()");

const transport = new DefaultChatTransport({
  api,
  body: {
    ...(model && { model }),
    ...(query.has("tools") && { tools }),
    ...(query.has("servers") && { servers: query.getAll("servers") }),
  },
  prepareReconnectToStreamRequest: () => ({ api: `${own}/stream?last=${window.lost === true}` }),
});

function Chat({ messages }) {
  const resume = useRef();
  const chat = useChat({
    id,
    messages,
    transport,
    resume: true,
    sendAutomaticallyWhen: (given) =>
      lastAssistantMessageIsCompleteWithToolCalls(given) || lastAssistantMessageIsCompleteWithApprovalResponses(given),
    onToolCall: ({ toolCall }) => {
      window.called = [...(window.called ?? []), toolCall.input];
      chat.addToolOutput({ tool: toolCall.toolName, toolCallId: toolCall.toolCallId, output: { sky: "blue" } });
    },
    onError: (error) => {
      window.errors = [...(window.errors ?? []), error.message];
      if (!isLost(error)) return;
      window.lost = true;
      setTimeout(() => resume.current(), 300);
    },
    onFinish: ({ isError }) => {
      if (!isError) window.lost = false;
    },
  });
  resume.current = chat.resumeStream;
  useLayoutEffect(() => {
    window.chat = {
      ...chat,
      answer: (approved, reason) => {
        const part = chat.messages.at(-1).parts.find((each) => each.state === "approval-requested");
        chat.addToolApprovalResponse({ id: part.approval.id, approved, reason });
      },
      stop: async () => {
        await chat.stop();
        await fetch(`${own}/stop`, { method: "POST" });
      },
    };
  });
  const line = (message) =>
    `${message.role}: ${message.parts
      .map((part) => part.text ?? (isTool(part) ? `[${part.type} ${part.state}]` : ""))
      .join("")}`;
  return createElement(
    "div",
    null,
    createElement("pre", { id: "messages" }, chat.messages.map(line).join("\n")),
    createElement("p", { id: "status" }, chat.status),
    createElement("p", { id: "error" }, chat.error?.message ?? ""),
  );
}

await fetch("/api/me"); // makes the browser a guest
const { messages } = await (await fetch(`${own}/messages`)).json();
createRoot(document.getElementById("root")).render(createElement(Chat, { messages }));
