// Talks to a language model by way of Sonar through clients for JavaScript, unchanged.
import { InferenceClient } from "@huggingface/inference";
import { HumanMessage } from "@langchain/core/messages";
import { ChatOpenAI } from "@langchain/openai";
import OpenAI from "openai";
import { given, report, run } from "./cases.mjs";

const { url, provider } = given;
const openai = new OpenAI({ baseURL: `${url}/v1`, apiKey: "none", maxRetries: 0, timeout: 30_000 });
const messages = [{ role: "user", content: "hello" }];
const ask = (model, more) => openai.chat.completions.create({ model, messages, ...more });
const tools = [{ type: "function", function: { name: "weather", parameters: { type: "object", properties: { city: { type: "string" } } } } }];
const gone = async () => (await fetch(`${provider}/gone`)).text();
const all = async (stream, pick) => {
  const list = [];
  for await (const chunk of await stream) {
    const value = pick(chunk);
    if (value) list.push(value);
  }
  return list;
};
const text = (chunk) => chunk.choices?.[0]?.delta?.content;

await run("openai: a chat", async () => {
  const reply = await ask("say");
  return [reply.choices[0].message.content, reply.choices[0].finish_reason, reply.usage.total_tokens, reply.model];
});
await run("openai: a stream", () => all(ask("say", { stream: true }), text));
await run("openai: a stream with its usage", () => all(ask("say", { stream: true, stream_options: { include_usage: true } }), (c) => c.usage?.total_tokens));
await run("openai: a stream of odd pieces", async () => (await all(ask("odd", { stream: true }), text)).join(""));
await run("openai: a tool is called, and told what came of it", async () => {
  const call = (await ask("tools", { tools })).choices[0].message;
  const told = [...messages, call, { role: "tool", tool_call_id: call.tool_calls[0].id, content: "rain" }];
  return [call.content, call.tool_calls[0].function.name, call.tool_calls[0].function.arguments, (await ask("tools", { messages: told, tools })).choices[0].message.content];
});
await run("openai: a tool is called in a stream", async () => {
  const call = (await openai.chat.completions.stream({ model: "tools", messages, tools }).finalMessage()).tool_calls[0];
  return [call.function.name, call.function.arguments];
});
await run("openai: thoughts", async () => [(await ask("think")).choices[0].message.reasoning_content, (await all(ask("think", { stream: true }), (c) => c.choices[0]?.delta.reasoning_content)).join("")]);
await run("openai: fields of other servers", async () => (await ask("echo", { top_k: 40, chat_template_kwargs: { enable_thinking: false } })).choices[0].message.content);
await run("openai: models", async () => [(await openai.models.list()).data.map((m) => m.id), (await openai.models.retrieve("org/model:free")).id]);
await run("openai: the older completions", async () => (await openai.completions.create({ model: "say", prompt: "hello" })).choices[0].text);
await run("openai: embeddings", async () => (await openai.embeddings.create({ model: "say", input: "hello", encoding_format: "float" })).data[0].embedding);
await run("openai: responses", async () => [(await openai.responses.create({ model: "say", input: "hello" })).output_text, ...(await all(openai.responses.create({ model: "say", input: "hello", stream: true }), (e) => e.delta))]);
await run("openai: errors are of their classes", async () => {
  const names = [];
  for (const status of [400, 401, 403, 404, 409, 422, 429, 500, 503]) {
    await ask(`status ${status}`, { stream: status % 2 === 0 }).catch((e) => names.push([e.constructor.name, e.status, e.code, e.param ?? null, e.requestID]));
  }
  return names;
});
await run("openai: it asks again when it is told to", async () => (await openai.chat.completions.create({ model: "second", messages }, { maxRetries: 3 })).choices[0].message.content);
await run("openai: an error inside a stream", () => all(ask("broken", { stream: true }), text));
await run("openai: a stream that is cut", () => all(ask("cut", { stream: true }), text));
await run("openai: an event that is too large", () => all(ask("large", { stream: true }), text));
await run("openai: a stream that is left ends the provider's work", async () => {
  for await (const chunk of await ask("endless", { stream: true })) {
    return [text(chunk), await leave()];
  }
});
async function leave() {
  const stop = new AbortController();
  const stream = await openai.chat.completions.create({ model: "endless", messages, stream: true }, { signal: stop.signal });
  for await (const _ of stream) {
    stop.abort();
    break;
  }
  return gone();
}
await run("openai: a request that is given up ends the provider's work", async () => {
  try {
    await openai.chat.completions.create({ model: "silent", messages }, { timeout: 500 });
  } catch (e) {
    return [e.constructor.name, await gone()];
  }
});

const chain = (model, more) => new ChatOpenAI({ model, apiKey: "none", maxRetries: 0, configuration: { baseURL: `${url}/v1` }, ...more });
await run("langchain: a chat", async () => {
  const reply = await chain("say").invoke([new HumanMessage("hello")]);
  return [reply.content, reply.usage_metadata.total_tokens];
});
await run("langchain: a stream", () => all(chain("say").stream("hello"), (c) => c.content));
await run("langchain: a tool is called", async () => {
  const call = (await chain("tools").bindTools(tools).invoke("hello")).tool_calls[0];
  return [call.name, call.args];
});
await run("langchain: an error", () => chain("status 429").invoke("hello"));

const hugging = new InferenceClient("none", { endpointUrl: `${url}/v1` });
await run("huggingface: a chat", async () => (await hugging.chatCompletion({ model: "say", messages })).choices[0].message.content);
await run("huggingface: a stream", () => all(hugging.chatCompletionStream({ model: "say", messages }), text));

report();
