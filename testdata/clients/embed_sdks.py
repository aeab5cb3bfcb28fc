"""Asks the embedding service through the clients that its dialects come from, unchanged."""
import time

import numpy
import ollama
import openai
from cases import case, given, report
from huggingface_hub import AsyncInferenceClient, InferenceClient
from infinity_client import Client as Infinity
from infinity_client.api.default import embeddings as infinity_embeddings
from infinity_client.api.default import models as infinity_models
from infinity_client.models import OpenAIEmbeddingInputText

url, model, texts, long, many = (given[k] for k in ("url", "model", "texts", "long", "many"))

client = openai.OpenAI(base_url=url + "/v1", api_key="none", max_retries=0)
vectors = lambda reply: [d.embedding for d in sorted(reply.data, key=lambda d: d.index)]


@case("openai: base64, which it asks for by itself")
def _():
    return vectors(client.embeddings.create(model=model, input=texts))


@case("openai: float")
def _():
    return vectors(client.embeddings.create(model=model, input=texts, encoding_format="float"))


@case("openai: one text")
def _():
    return [vectors(client.embeddings.create(model=model, input=t))[0] for t in texts]


@case("openai: tokens")
def _():
    return vectors(client.embeddings.create(model=model, input=given["ids"]))


@case("openai: 64 dimensions")
def _():
    return vectors(client.embeddings.create(model=model, input=texts, dimensions=64))


@case("openai: a batch")
def _():
    return vectors(client.embeddings.create(model=model, input=many))


@case("openai: usage")
def _():
    usage = client.embeddings.create(model=model, input=texts).usage
    return [usage.prompt_tokens, usage.total_tokens]


@case("openai: a text that is too long")
def _():
    raw = client.embeddings.with_raw_response.create(model=model, input=["short", long])
    reply = raw.parse()
    return [reply.usage.prompt_tokens, raw.headers["Amalfa-Truncated"], int(raw.headers["Amalfa-Truncated-Tokens"]), reply.model_extra["truncated"]]


@case("openai: models")
def _():
    return [m.id for m in client.models.list()] + [client.models.retrieve(model).id]


@case("openai: a model that is not there")
def _():
    client.embeddings.create(model="text-embedding-3-small", input="x")


@case("openai: an empty text")
def _():
    client.embeddings.create(model=model, input="")


@case("openai: no text")
def _():
    client.embeddings.create(model=model, input=[])


@case("openai: more dimensions than there are")
def _():
    client.embeddings.create(model=model, input="x", dimensions=9999)


@case("openai: given up, and asked again")
def _():
    try:
        client.with_options(timeout=0.02).embeddings.create(model=model, input=[f"{i} {long}" for i in range(64)])
    except openai.APITimeoutError:
        return vectors(client.embeddings.create(model=model, input=texts))
    return "not given up"


@case("openai: asynchronous")
async def _():
    async with openai.AsyncOpenAI(base_url=url + "/v1", api_key="none", max_retries=0) as ours:
        return vectors(await ours.embeddings.create(model=model, input=texts))


old = ollama.Client(host=url)


@case("ollama: embed")
def _():
    return [list(v) for v in old.embed(model=model, input=texts).embeddings]


@case("ollama: embed one text")
def _():
    return [list(old.embed(model=model, input=t).embeddings[0]) for t in texts]


@case("ollama: embed, kept alive, with options")
def _():
    return [list(v) for v in old.embed(model=model, input=texts, keep_alive="5m", options={"num_ctx": 512, "temperature": 0.0}).embeddings]


@case("ollama: 64 dimensions")
def _():
    return [list(v) for v in old.embed(model=model, input=texts, dimensions=64).embeddings]


@case("ollama: more dimensions than there are")
def _():
    return [list(v) for v in old.embed(model=model, input=texts, dimensions=9999).embeddings]


@case("ollama: embeddings")
def _():
    return [list(old.embeddings(model=model, prompt=t).embedding) for t in texts]


@case("ollama: a text that is too long")
def _():
    return old.embed(model=model, input=long).prompt_eval_count


@case("ollama: a text that is too long and must not be cut")
def _():
    old.embed(model=model, input=long, truncate=False)


@case("ollama: no text")
def _():
    return [list(v) for v in old.embed(model=model, input="").embeddings]


@case("ollama: list")
def _():
    return [[m.model, m.details.family, m.details.format, m.details.parameter_size, m.modified_at.year > 2000] for m in old.list().models]


@case("ollama: show")
def _():
    shown = old.show(model)
    return [shown.capabilities, shown.details.family, shown.modelinfo["bert.embedding_length"], shown.modelinfo["bert.context_length"]]


@case("ollama: ps")
def _():
    return [[m.model, round((m.expires_at.timestamp() - time.time()) / 60), m.context_length] for m in old.ps().models]


@case("ollama: a model that is not there")
def _():
    old.embed(model="all-minilm", input="x")


@case("ollama: chat")
def _():
    old.chat(model=model, messages=[{"role": "user", "content": "hi"}])


@case("ollama: asynchronous")
async def _():
    return [list(v) for v in (await ollama.AsyncClient(host=url).embed(model=model, input=texts)).embeddings]


face = InferenceClient(url)


@case("hugging face: feature_extraction of the base")
def _():
    return [face.feature_extraction(t, normalize=True)[0] for t in texts]


@case("hugging face: feature_extraction of /embed")
def _():
    return [InferenceClient(url + "/embed").feature_extraction(t, normalize=True, truncate=True, truncation_direction="right")[0] for t in texts]


@case("hugging face: a list of texts")
def _():
    return face.feature_extraction(texts)


@case("hugging face: not of length one")
def _():
    return [v / numpy.linalg.norm(v) for v in face.feature_extraction(texts, normalize=False)]


@case("hugging face: a text that is too long and must not be cut")
def _():
    face.feature_extraction(long, truncate=False)


@case("hugging face: sentence_similarity")
def _():
    return face.sentence_similarity(texts[0], other_sentences=texts)


@case("hugging face: asynchronous")
async def _():
    return await AsyncInferenceClient(url).feature_extraction(texts)


infinity = Infinity(base_url=url)


@case("infinity: embeddings")
def _():
    body = OpenAIEmbeddingInputText.from_dict({"input": texts, "model": model, "encoding_format": "float"})
    return [d.embedding for d in infinity_embeddings.sync(client=infinity, body=body).data]


@case("infinity: models")
def _():
    return [[m.id, m.backend, m.capabilities] for m in infinity_models.sync(client=infinity).data]


@case("infinity: through OpenAI's client")
def _():
    return vectors(openai.OpenAI(base_url=url, api_key="none", max_retries=0).embeddings.create(model=model, input=texts))


report()
