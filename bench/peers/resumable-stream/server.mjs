// `node server.mjs PORT`: resumable chat streams as the README of resumable-stream shows them, explicit resumption.
// Passes the model's frames on unread, which is the cheapest way.
import { createServer } from "node:http";
import { createResumableStreamContext } from "resumable-stream";

const model = `${process.env.OPENAI_BASE_URL}/chat/completions`;
const streams = createResumableStreamContext({ waitUntil: (work) => work });

async function ask(id, request) {
  const body = [];
  for await (const part of request) body.push(part);
  const headers = { "content-type": "application/json" };
  const answer = await fetch(model, { method: "POST", headers, body: Buffer.concat(body) });
  return streams.createNewResumableStream(id, () => answer.body.pipeThrough(new TextDecoderStream()));
}

async function send(stream, response) {
  response.writeHead(200, { "content-type": "text/event-stream" }).flushHeaders();
  for await (const text of stream) response.write(text);
  response.end();
}

async function handle(request, response) {
  const id = request.url.replace("/chat/", "");
  if (request.url === "/health") return response.end("ok");
  const stream = request.method === "POST" ? await ask(id, request) : await streams.resumeExistingStream(id);
  if (!stream) return response.writeHead(422).end("Stream is already done");
  await send(stream, response);
}

createServer((request, response) => {
  handle(request, response).catch((error) => {
    console.error(error);
    response.headersSent ? response.destroy() : response.writeHead(500).end();
  });
}).listen(Number(process.argv[2]), "127.0.0.1");
