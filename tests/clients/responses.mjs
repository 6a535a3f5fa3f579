// Makes, reads or cancels a response with openai-node: one JSON object of options as argument. Writes a JSON line for each
// step: the response's id, its status, the number of the last event, and the text so far.
import OpenAI, * as errors from "openai";

const { baseURL, apiKey, maxRetries = 2, create, retrieve, after, cancel } = JSON.parse(process.argv[2]);
const client = new OpenAI({ baseURL, apiKey, maxRetries });
const result = { id: retrieve ?? cancel ?? null, status: null, last: after ?? null, text: "", error: null };
const write = () => console.log(JSON.stringify(result));

const isStreamed = create?.stream || after !== undefined;

async function ask() {
  if (cancel) return client.responses.cancel(cancel);
  if (create) return client.responses.create(create);
  if (isStreamed) return client.responses.retrieve(retrieve, { stream: true, starting_after: after });
  return client.responses.retrieve(retrieve);
}

try {
  const answer = await ask();
  if (isStreamed) {
    for await (const event of answer) {
      result.last = event.sequence_number;
      if (event.response) Object.assign(result, { id: event.response.id, status: event.response.status });
      if (event.type === "response.output_text.delta") result.text += event.delta;
      write();
    }
  } else {
    Object.assign(result, { id: answer.id, status: answer.status, text: answer.output_text });
  }
} catch (error) {
  const name = Object.keys(errors).find((each) => error.constructor === errors[each]) ?? error.constructor.name;
  result.error = { name, status: error.status ?? null, code: error.code ?? null };
}
write();
