"""Asks the reranking service through the clients that its dialects come from, unchanged."""
import cohere
from cases import case, given, report
from huggingface_hub import get_session
from infinity_client import Client as Infinity
from infinity_client.api.default import rerank as infinity_rerank
from infinity_client.models import RerankInput

url, query, documents = given["url"], given["query"], given["documents"]
model = "rerank-v3.5"  # what is there answers to any name
v1 = cohere.Client(base_url=url, api_key="none")
v2 = cohere.ClientV2(base_url=url, api_key="none")
pairs = lambda reply: [[r.index, r.relevance_score] for r in reply.results]


@case("cohere v1: strings")
def _():
    return pairs(v1.rerank(model=model, query=query, documents=documents))


@case("cohere v1: objects")
def _():
    return pairs(v1.rerank(model=model, query=query, documents=[{"text": d} for d in documents], return_documents=True))


@case("cohere v1: fields of objects")
def _():
    return pairs(v1.rerank(model=model, query=query, documents=[{"title": "a title", "body": d} for d in documents], rank_fields=["body"]))


@case("cohere v1: the best two, with their texts")
def _():
    return [r.document.text for r in v1.rerank(model=model, query=query, documents=documents, top_n=2, return_documents=True).results]


@case("cohere v1: windows of a document")
def _():
    return pairs(v1.rerank(model=model, query=query, documents=documents, max_chunks_per_doc=10))


@case("cohere v1: billed")
def _():
    meta = v1.rerank(model=model, query=query, documents=documents).meta
    return [meta.api_version.version, meta.billed_units.search_units]


@case("cohere v2: strings")
def _():
    return pairs(v2.rerank(model=model, query=query, documents=documents))


@case("cohere v2: the best two")
def _():
    return pairs(v2.rerank(model=model, query=query, documents=documents, top_n=2, max_tokens_per_doc=4096))


@case("cohere v2: an empty query")
def _():
    v2.rerank(model=model, query="", documents=documents)


@case("cohere v2: no documents")
def _():
    v2.rerank(model=model, query=query, documents=[])


@case("cohere v2: asynchronous")
async def _():
    return pairs(await cohere.AsyncClientV2(base_url=url, api_key="none").rerank(model=model, query=query, documents=documents))


infinity = Infinity(base_url=url)


@case("infinity: rerank")
def _():
    body = RerankInput.from_dict({"query": query, "documents": documents, "model": "default"})
    return pairs(infinity_rerank.sync(client=infinity, body=body))


@case("infinity: the best two, with their texts")
def _():
    body = RerankInput.from_dict({"query": query, "documents": documents, "model": "default", "return_documents": True, "top_n": 2})
    return [r.document for r in infinity_rerank.sync(client=infinity, body=body).results]


@case("text-embeddings-inference: with Hugging Face's own session")
def _():
    reply = get_session().post(url + "/rerank", json={"query": query, "texts": documents, "truncate": True})
    return [[r["index"], r["score"]] for r in reply.json()]


report()
