"""Asks the embedding service through frameworks for Python, unchanged."""
import os

os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"  # its table of prices comes with it
import litellm
from cases import case, given, report
from langchain_ollama import OllamaEmbeddings
from langchain_openai import OpenAIEmbeddings
from llama_index.embeddings.huggingface_api import HuggingFaceInferenceAPIEmbedding
from llama_index.embeddings.ollama import OllamaEmbedding
from llama_index.embeddings.openai_like import OpenAILikeEmbedding
from llama_index.embeddings.text_embeddings_inference import TextEmbeddingsInference

url, model, texts, long, many = (given[k] for k in ("url", "model", "texts", "long", "many"))

chain = OpenAIEmbeddings(base_url=url + "/v1", api_key="none", model=model, check_embedding_ctx_length=False, max_retries=0)


@case("langchain: OpenAIEmbeddings of documents")
def _():
    return chain.embed_documents(texts)


@case("langchain: OpenAIEmbeddings of queries")
def _():
    return [chain.embed_query(t) for t in texts]


@case("langchain: OpenAIEmbeddings of a batch, in chunks")
def _():
    return chain.embed_documents(many, chunk_size=50)


@case("langchain: OpenAIEmbeddings with 64 dimensions")
def _():
    return OpenAIEmbeddings(base_url=url + "/v1", api_key="none", model=model, check_embedding_ctx_length=False, dimensions=64).embed_documents(texts)


@case("langchain: OpenAIEmbeddings asynchronous")
async def _():
    return await chain.aembed_documents(texts)


chained = OllamaEmbeddings(base_url=url, model=model)


@case("langchain: OllamaEmbeddings of documents")
def _():
    return chained.embed_documents(texts)


@case("langchain: OllamaEmbeddings of queries")
def _():
    return [chained.embed_query(t) for t in texts]


@case("langchain: OllamaEmbeddings that looks whether the model is there")
def _():
    return OllamaEmbeddings(base_url=url, model=model, validate_model_on_init=True).embed_documents(texts)


like = OpenAILikeEmbedding(model_name=model, api_base=url + "/v1", api_key="none", max_retries=0)


@case("llamaindex: OpenAILikeEmbedding")
def _():
    return like.get_text_embedding_batch(texts)


@case("llamaindex: OpenAILikeEmbedding of a query")
def _():
    return [like.get_query_embedding(t) for t in texts]


@case("llamaindex: OllamaEmbedding")
def _():
    return OllamaEmbedding(model_name=model, base_url=url).get_text_embedding_batch(texts)


@case("llamaindex: TextEmbeddingsInference")
def _():
    return TextEmbeddingsInference(model_name=model, base_url=url, text_instruction=" ", query_instruction=" ").get_text_embedding_batch(texts)


@case("llamaindex: HuggingFaceInferenceAPIEmbedding")
def _():
    return HuggingFaceInferenceAPIEmbedding(model_name=url).get_text_embedding_batch(texts)


def ask(provider, base, **more):
    reply = litellm.embedding(model=f"{provider}/{model}", input=texts, api_base=base, api_key="none", num_retries=0, **more)
    return [d["embedding"] for d in reply.data]


@case("litellm: openai")
def _():
    return ask("openai", url + "/v1")


@case("litellm: openai, 64 dimensions")
def _():
    return ask("openai", url + "/v1", dimensions=64, encoding_format="float", allowed_openai_params=["dimensions"])


@case("litellm: hosted_vllm")
def _():
    return ask("hosted_vllm", url + "/v1")


@case("litellm: infinity")
def _():
    return ask("infinity", url)


@case("litellm: ollama")
def _():
    return ask("ollama", url)


@case("litellm: huggingface")
def _():
    return ask("huggingface", url, input_type="feature-extraction")


@case("litellm: huggingface, similarities")
def _():
    reply = litellm.embedding(model=f"huggingface/{model}", input=[texts[0], *texts], api_base=url, api_key="none", input_type="sentence-similarity")
    return reply.data[0]["embedding"]


@case("litellm: usage")
def _():
    usage = litellm.embedding(model=f"openai/{model}", input=texts, api_base=url + "/v1", api_key="none").usage
    return [usage.prompt_tokens, usage.total_tokens]


@case("litellm: an empty text")
def _():
    litellm.embedding(model=f"openai/{model}", input=[""], api_base=url + "/v1", api_key="none", num_retries=0)


@case("litellm: a model that is not there")
def _():
    litellm.embedding(model="openai/text-embedding-3-small", input=["x"], api_base=url + "/v1", api_key="none", num_retries=0)


report()
