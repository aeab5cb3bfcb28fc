// Asks the embedding service through clients for JavaScript, unchanged.
import { InferenceClient } from "@huggingface/inference";
import { OllamaEmbeddings } from "@langchain/ollama";
import { OpenAIEmbeddings } from "@langchain/openai";
import { OllamaEmbedding } from "@llamaindex/ollama";
import { OpenAIEmbedding } from "@llamaindex/openai";
import { Ollama } from "ollama";
import OpenAI from "openai";
import { given, report, run } from "./cases.mjs";

const { url, model, texts, long, many, ids } = given;
const openai = new OpenAI({ baseURL: `${url}/v1`, apiKey: "none", maxRetries: 0 });
const embed = async (body) => (await openai.embeddings.create({ model, ...body })).data.map((d) => d.embedding);
const each = (ask) => Promise.all(texts.map(ask));

await run("openai: base64, which it asks for by itself", () => embed({ input: texts }));
await run("openai: float", () => embed({ input: texts, encoding_format: "float" }));
await run("openai: one text", () => each(async (input) => (await embed({ input }))[0]));
await run("openai: tokens", () => embed({ input: ids }));
await run("openai: 64 dimensions", () => embed({ input: texts, dimensions: 64 }));
await run("openai: a batch", () => embed({ input: many }));
await run("openai: usage", async () => {
  const { usage } = await openai.embeddings.create({ model, input: texts });
  return [usage.prompt_tokens, usage.total_tokens];
});
await run("openai: a text that is too long", async () => {
  const { data, response } = await openai.embeddings.create({ model, input: ["short", long] }).withResponse();
  return [data.usage.prompt_tokens, response.headers.get("Amalfa-Truncated"), Number(response.headers.get("Amalfa-Truncated-Tokens")), data.truncated];
});
await run("openai: models", async () => [...(await openai.models.list()).data.map((m) => m.id), (await openai.models.retrieve(model)).id]);
await run("openai: a model that is not there", () => embed({ model: "text-embedding-3-small", input: "x" }));
await run("openai: an empty text", () => embed({ input: "" }));
await run("openai: no text", () => embed({ input: [] }));
await run("openai: more dimensions than there are", () => embed({ input: "x", dimensions: 9999 }));
await run("openai: given up, and asked again", async () => {
  const stop = new AbortController();
  setTimeout(() => stop.abort(), 20);
  try {
    await openai.embeddings.create({ model, input: many.slice(0, 64).map((t) => t + long) }, { signal: stop.signal });
  } catch (e) {
    if (e instanceof OpenAI.APIUserAbortError) return embed({ input: texts });
    throw e;
  }
  return "not given up";
});

const ollama = new Ollama({ host: url });
await run("ollama: embed", async () => (await ollama.embed({ model, input: texts })).embeddings);
await run("ollama: embed one text", () => each(async (input) => (await ollama.embed({ model, input })).embeddings[0]));
await run("ollama: embed, kept alive, with options", async () => (await ollama.embed({ model, input: texts, keep_alive: "5m", options: { num_ctx: 512 } })).embeddings);
await run("ollama: 64 dimensions", async () => (await ollama.embed({ model, input: texts, dimensions: 64 })).embeddings);
await run("ollama: more dimensions than there are", async () => (await ollama.embed({ model, input: texts, dimensions: 9999 })).embeddings);
await run("ollama: embeddings", () => each(async (prompt) => (await ollama.embeddings({ model, prompt })).embedding));
await run("ollama: a text that is too long", async () => (await ollama.embed({ model, input: long })).prompt_eval_count);
await run("ollama: a text that is too long and must not be cut", () => ollama.embed({ model, input: long, truncate: false }));
await run("ollama: list", async () => (await ollama.list()).models.map((m) => [m.model, m.details.family, m.details.format, m.details.parameter_size, new Date(m.modified_at).getFullYear() > 2000]));
await run("ollama: show", async () => {
  const shown = await ollama.show({ model });
  return [shown.capabilities, shown.details.family, shown.model_info["bert.embedding_length"], shown.model_info["bert.context_length"]];
});
await run("ollama: ps", async () => (await ollama.ps()).models.map((m) => [m.model, Math.round((new Date(m.expires_at) - Date.now()) / 60000), m.context_length ?? null]));
await run("ollama: version", async () => /^\d+\.\d+\.\d+$/.test((await ollama.version()).version));
await run("ollama: a model that is not there", () => ollama.embed({ model: "all-minilm", input: "x" }));
await run("ollama: chat", () => ollama.chat({ model, messages: [{ role: "user", content: "hi" }] }));

const face = new InferenceClient(undefined, { endpointUrl: url });
await run("hugging face: featureExtraction of the base", () => face.featureExtraction({ inputs: texts }));
await run("hugging face: featureExtraction of /embed", () => new InferenceClient(undefined, { endpointUrl: `${url}/embed` }).featureExtraction({ inputs: texts, normalize: true, truncate: true }));
await run("hugging face: a text that is too long and must not be cut", () => face.featureExtraction({ inputs: long, truncate: false }));
await run("hugging face: sentenceSimilarity", () => face.sentenceSimilarity({ inputs: { source_sentence: texts[0], sentences: texts } }));

const chain = new OpenAIEmbeddings({ model, apiKey: "none", maxRetries: 0, configuration: { baseURL: `${url}/v1` } });
await run("langchain: OpenAIEmbeddings of documents", () => chain.embedDocuments(texts));
await run("langchain: OpenAIEmbeddings of queries", () => each((t) => chain.embedQuery(t)));
await run("langchain: OpenAIEmbeddings with 64 dimensions", () => new OpenAIEmbeddings({ model, apiKey: "none", dimensions: 64, configuration: { baseURL: `${url}/v1` } }).embedDocuments(texts));
const chained = new OllamaEmbeddings({ model, baseUrl: url, maxRetries: 0, truncate: true, keepAlive: "5m" });
await run("langchain: OllamaEmbeddings of documents", () => chained.embedDocuments(texts));
await run("langchain: OllamaEmbeddings of queries", () => each((t) => chained.embedQuery(t)));

const index = new OpenAIEmbedding({ model, apiKey: "none", baseURL: `${url}/v1`, maxRetries: 0 });
await run("llamaindex: OpenAIEmbedding of texts", () => index.getTextEmbeddings(texts));
await run("llamaindex: OpenAIEmbedding of a query", () => each((t) => index.getTextEmbedding(t)));
const indexed = new OllamaEmbedding({ model, config: { host: url } });
await run("llamaindex: OllamaEmbedding", () => each((t) => indexed.getTextEmbedding(t)));

report();
