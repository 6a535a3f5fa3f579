// Reads streams, one JSON string per line of the file, with the schema of `ai` and builds their messages as a client does.
import { readFileSync } from "node:fs";
import { readUIMessageStream, uiMessageChunkSchema } from "ai";
import { parseJsonEventStream } from "@ai-sdk/provider-utils";

for (const line of readFileSync(process.argv[2], "utf8").split("\n").filter(Boolean)) {
  const stream = new Response(JSON.parse(line)).body;
  const chunks = parseJsonEventStream({ stream, schema: uiMessageChunkSchema }).pipeThrough(
    new TransformStream({
      transform(chunk, controller) {
        if (!chunk.success) throw chunk.error;
        controller.enqueue(chunk.value);
      },
    }),
  );
  let message = { parts: [] };
  let error = "";
  for await (const each of readUIMessageStream({ stream: chunks, onError: (given) => (error = given.message) })) message = each;
  const text = (type) => message.parts.filter((part) => part.type === type).map((part) => part.text).join("");
  const isTool = (part) => part.type.startsWith("tool-") || part.type === "dynamic-tool";
  const tools = message.parts.filter(isTool).map((part) => [part.toolCallId, part.state, part.approval?.approved ?? null]);
  console.log(JSON.stringify({ id: message.id, text: text("text"), reasoning: text("reasoning"), tools, error }));
}
