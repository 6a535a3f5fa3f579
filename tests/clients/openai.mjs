// Asks with openai-node: one JSON object of options as argument, one JSON line as result.
import OpenAI, * as errors from "openai";

const { baseURL, apiKey, maxRetries = 2, headers, create, models } = JSON.parse(process.argv[2]);
const client = new OpenAI({ baseURL, apiKey, maxRetries });
const result = { text: "", thinking: "", calls: [], error: null };

try {
  if (models) {
    for await (const model of client.models.list()) result.calls.push(model.id);
  } else if (create.stream) {
    for await (const chunk of await client.chat.completions.create(create, { headers })) {
      result.text += chunk.choices[0]?.delta?.content ?? "";
      result.thinking += chunk.choices[0]?.delta?.reasoning_content ?? "";
      if (result.text) process.stderr.write("."); // tells the test that text has come
    }
  } else {
    const completion = await client.chat.completions.create(create, { headers });
    result.text = completion.choices[0].message.content;
    result.usage = completion.usage;
  }
} catch (error) {
  const name = Object.keys(errors).find((each) => error.constructor === errors[each]) ?? error.constructor.name;
  result.error = { name, status: error.status ?? null, code: error.code ?? null, message: error.message };
}
console.log(JSON.stringify(result));
