// Asks the reranking service through clients for JavaScript, unchanged.
import { CohereRerank } from "@langchain/cohere";
import { Document } from "@langchain/core/documents";
import { CohereRerank as NodeRerank } from "@llamaindex/cohere";
import { TextNode } from "@llamaindex/core/schema";
import { CohereClient, CohereClientV2 } from "cohere-ai";
import { given, report, run } from "./cases.mjs";

const { url, query, documents } = given;
const model = "rerank-v3.5"; // what is there answers to any name
const v1 = new CohereClient({ environment: url, token: "none" });
const v2 = new CohereClientV2({ environment: url, token: "none" });
const pairs = (reply) => reply.results.map((r) => [r.index, r.relevanceScore]);

await run("cohere v1: strings", async () => pairs(await v1.rerank({ model, query, documents })));
await run("cohere v1: objects", async () => pairs(await v1.rerank({ model, query, documents: documents.map((text) => ({ text })), returnDocuments: true })));
await run("cohere v1: the best two, with their texts", async () =>
  (await v1.rerank({ model, query, documents, topN: 2, returnDocuments: true })).results.map((r) => r.document.text));
await run("cohere v2: strings", async () => pairs(await v2.rerank({ model, query, documents })));
await run("cohere v2: the best two", async () => pairs(await v2.rerank({ model, query, documents, topN: 2 })));
await run("cohere v2: an empty query", () => v2.rerank({ model, query: "", documents }, { maxRetries: 0 }));
await run("cohere v2: no documents", () => v2.rerank({ model, query, documents: [] }, { maxRetries: 0 }));

const chain = new CohereRerank({ model, client: v1, topN: documents.length });
await run("langchain: CohereRerank of texts", async () => (await chain.rerank(documents, query)).map((r) => [r.index, r.relevanceScore]));
await run("langchain: CohereRerank of documents", async () => {
  const best = await chain.compressDocuments(documents.map((pageContent, n) => new Document({ pageContent, metadata: { n } })), query);
  return best.map((d) => [d.metadata.n, d.metadata.relevanceScore]);
});

await run("llamaindex: CohereRerank", async () => {
  const rerank = new NodeRerank({ apiKey: "none", baseUrl: url, topN: documents.length, model });
  const best = await rerank.postprocessNodes(documents.map((text, i) => ({ node: new TextNode({ text, id_: `${i}` }), score: 0 })), query);
  return best.map((n) => [Number(n.node.id_), n.score]);
});

report();
