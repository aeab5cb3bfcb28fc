"""Asks the service through the clients that others ship, unchanged.

The first argument is the service's address. Prints one JSON object: per
client what it got, so that the Go test can hold it against the engine.
"""
import json
import sys

import ollama
import openai
from huggingface_hub import InferenceClient

url, model = sys.argv[1], sys.argv[2]
texts = ["hello world", "a naïve café"]
out = {}

client = openai.OpenAI(base_url=url + "/v1", api_key="none", max_retries=0)
reply = client.embeddings.create(model=model, input=texts)  # base64 on the wire
out["openai"] = [list(d.embedding) for d in reply.data]
out["openai_float"] = [client.embeddings.create(model=model, input=t, encoding_format="float").data[0].embedding for t in texts]
out["openai_usage"] = reply.usage.prompt_tokens
out["openai_models"] = [m.id for m in client.models.list()]
try:
    client.embeddings.create(model="text-embedding-3-small", input="x")
except openai.NotFoundError as e:
    out["openai_error"] = e.code
try:
    client.embeddings.create(model=model, input="")
except openai.BadRequestError as e:
    out["openai_empty"] = e.code

client = ollama.Client(host=url)
out["ollama"] = [list(v) for v in client.embed(model=model, input=texts).embeddings]
out["ollama_old"] = [list(client.embeddings(model=model, prompt=t).embedding) for t in texts]
out["ollama_models"] = [m.model for m in client.list().models] + [m.model for m in client.ps().models]
out["ollama_show"] = client.show(model).capabilities
out["ollama_long"] = client.embed(model=model, input="word " * 900, dimensions=9999).prompt_eval_count
try:
    client.embed(model="all-minilm", input="x")
except ollama.ResponseError as e:
    out["ollama_error"] = e.status_code

client = InferenceClient(url + "/embed")
out["tei"] = [client.feature_extraction(t, normalize=True)[0].tolist() for t in texts]

out["tei_root"] = [InferenceClient(url).feature_extraction(t, normalize=True)[0].tolist() for t in texts]
out["similarity"] = InferenceClient(url).sentence_similarity(texts[0], other_sentences=texts)
client = openai.OpenAI(base_url=url, api_key="none", max_retries=0)  # Infinity's routes have no prefix
out["infinity"] = [client.embeddings.create(model=model, input=t, encoding_format="float").data[0].embedding for t in texts]
out["infinity_models"] = [m.id for m in client.models.list()]

json.dump(out, sys.stdout)
