"""Asks the reranking service through frameworks for Python, unchanged."""
import os

os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"  # its table of prices comes with it
import litellm
from cases import case, given, report
from langchain_cohere import CohereRerank
from langchain_core.documents import Document
from llama_index.core.schema import NodeWithScore, QueryBundle, TextNode
from llama_index.postprocessor.cohere_rerank import CohereRerank as NodeRerank
from llama_index.postprocessor.tei_rerank import TextEmbeddingInference

url, query, documents = given["url"], given["query"], given["documents"]
model = "rerank-v3.5"  # what is there answers to any name
nodes = [NodeWithScore(node=TextNode(text=d, id_=str(i)), score=0.0) for i, d in enumerate(documents)]
ranked = lambda nodes: [[int(n.node.node_id), n.score] for n in nodes]

chain = CohereRerank(base_url=url, cohere_api_key="none", model=model, top_n=len(documents))


@case("langchain: CohereRerank of texts")
def _():
    return [[r["index"], r["relevance_score"]] for r in chain.rerank(documents, query)]


@case("langchain: CohereRerank of documents")
def _():
    best = chain.compress_documents([Document(page_content=d, metadata={"n": i}) for i, d in enumerate(documents)], query)
    return [[d.metadata["n"], d.metadata["relevance_score"]] for d in best]


@case("langchain: CohereRerank, the best two")
def _():
    best = chain.model_copy(update={"top_n": 2}).compress_documents([Document(page_content=d) for d in documents], query)
    return [d.page_content for d in best]


@case("llamaindex: TextEmbeddingInference")
def _():
    return ranked(TextEmbeddingInference(base_url=url, top_n=len(documents)).postprocess_nodes(nodes, QueryBundle(query)))


@case("llamaindex: CohereRerank")
def _():
    return ranked(NodeRerank(base_url=url, api_key="none", model=model, top_n=len(documents)).postprocess_nodes(nodes, QueryBundle(query)))


def ask(provider, base, **more):
    reply = litellm.rerank(model=f"{provider}/{model}", query=query, documents=documents, api_base=base, api_key="none", num_retries=0, **more)
    return [[r["index"], r["relevance_score"]] for r in reply.results]


@case("litellm: cohere")
def _():
    return ask("cohere", url)


@case("litellm: cohere, the best two")
def _():
    return ask("cohere", url, top_n=2)


@case("litellm: jina_ai")
def _():
    return ask("jina_ai", url)


@case("litellm: infinity")
def _():
    return ask("infinity", url)


@case("litellm: hosted_vllm")
def _():
    return ask("hosted_vllm", url, return_documents=False)


@case("litellm: huggingface")
def _():
    return ask("huggingface", url)


@case("litellm: an empty query")
def _():
    litellm.rerank(model=f"cohere/{model}", query="", documents=documents, api_base=url, api_key="none", num_retries=0)


report()
