"""Asks the service through the clients that others ship, unchanged.

The first argument is the service's address; standard input holds {"query",
"documents"}. Prints one JSON object: per client its [index, score] pairs in
the order it got them, so that the Go test can hold them against the engine.
"""
import json
import sys

import cohere
from llama_index.core.schema import NodeWithScore, QueryBundle, TextNode
from llama_index.postprocessor.tei_rerank import TextEmbeddingInference

url = sys.argv[1]
asked = json.load(sys.stdin)
query, documents = asked["query"], asked["documents"]
out = {}

v1 = cohere.Client(base_url=url, api_key="none")
v2 = cohere.ClientV2(base_url=url, api_key="none")
pairs = lambda reply: [[r.index, r.relevance_score] for r in reply.results]
out["cohere v1"] = pairs(v1.rerank(model="rerank-english-v3.0", query=query, documents=documents))
out["cohere v1, objects"] = pairs(v1.rerank(model="rerank-english-v3.0", query=query, documents=[{"text": d} for d in documents], return_documents=True))
out["cohere v2"] = pairs(v2.rerank(model="rerank-v3.5", query=query, documents=documents))
top = v1.rerank(model="rerank-v3.5", query=query, documents=documents, top_n=2, return_documents=True)
out["top"] = [r.document.text for r in top.results]
try:
    v2.rerank(model="rerank-v3.5", query="", documents=documents)
except cohere.errors.BadRequestError as e:
    out["cohere error"] = e.body["message"]

nodes = [NodeWithScore(node=TextNode(text=d, id_=str(i)), score=0.0) for i, d in enumerate(documents)]
ranked = TextEmbeddingInference(base_url=url, top_n=len(documents)).postprocess_nodes(nodes, QueryBundle(query))
out["llama-index tei"] = [[int(n.node.node_id), n.score] for n in ranked]

json.dump(out, sys.stdout)
