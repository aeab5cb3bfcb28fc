"""Talks to a language model by way of Sonar through the clients that people use, unchanged."""
import asyncio
import urllib.request

import huggingface_hub
import openai
from cases import case, given, report

url, provider = given["url"], given["provider"]
client = openai.OpenAI(base_url=url + "/v1", api_key="none", max_retries=0, timeout=30)
hello = [{"role": "user", "content": "hello"}]
weather = {"type": "function", "function": {"name": "weather", "parameters": {"type": "object", "properties": {"city": {"type": "string"}}}}}


def ask(model="say", **more):
    return client.chat.completions.create(model=model, **{"messages": hello, **more})


def gone():
    """What the provider says of its last open request: whether its client has left."""
    return urllib.request.urlopen(provider + "/gone", timeout=30).read().decode()


@case("openai: a chat")
def _():
    reply = ask()
    return [reply.choices[0].message.content, reply.choices[0].finish_reason, reply.usage.total_tokens, reply.model]


@case("openai: a stream")
def _():
    return [c.choices[0].delta.content for c in ask(stream=True) if c.choices and c.choices[0].delta.content]


@case("openai: a stream with its usage")
def _():
    return [c.usage.total_tokens for c in ask(stream=True, stream_options={"include_usage": True}) if c.usage]


@case("openai: a stream of odd pieces")
def _():
    return "".join(c.choices[0].delta.content or "" for c in ask("odd", stream=True) if c.choices)


@case("openai: a tool is called, and told what came of it")
def _():
    call = ask("tools", tools=[weather]).choices[0].message
    said = ask("tools", messages=[*hello, call, {"role": "tool", "tool_call_id": call.tool_calls[0].id, "content": "rain"}], tools=[weather])
    return [call.content, call.tool_calls[0].function.name, call.tool_calls[0].function.arguments, said.choices[0].message.content]


@case("openai: a tool is called in a stream")
def _():
    with client.chat.completions.stream(model="tools", messages=hello, tools=[weather]) as events:
        call = events.get_final_completion().choices[0].message.tool_calls[0]
    return [call.function.name, call.function.arguments]


@case("openai: thoughts")
def _():
    whole = ask("think").choices[0].message.reasoning_content
    return [whole, "".join(getattr(c.choices[0].delta, "reasoning_content", None) or "" for c in ask("think", stream=True) if c.choices)]


@case("openai: fields of other servers")
def _():
    return ask("echo", extra_body={"top_k": 40, "chat_template_kwargs": {"enable_thinking": False}}, temperature=0.1, seed=2**62).choices[0].message.content


@case("openai: an answer in a schema")
def _():
    schema = {"type": "json_schema", "json_schema": {"name": "x", "strict": True, "schema": {"type": "object"}}}
    return '"response_format"' in ask("echo", response_format=schema).choices[0].message.content


@case("openai: models")
def _():
    return [[m.id for m in client.models.list()], client.models.retrieve("org/model:free").id]


@case("openai: the older completions")
def _():
    return client.completions.create(model="say", prompt="hello").choices[0].text


@case("openai: embeddings")
def _():
    return client.embeddings.create(model="say", input="hello", encoding_format="float").data[0].embedding


@case("openai: responses")
def _():
    return [client.responses.create(model="say", input="hello").output_text] + [e.delta for e in client.responses.create(model="say", input="hello", stream=True) if e.type == "response.output_text.delta"]


@case("openai: asynchronous, twenty at once")
async def _():
    many = openai.AsyncOpenAI(base_url=url + "/v1", api_key="none", max_retries=0)
    replies = await asyncio.gather(*(many.chat.completions.create(model="say", messages=hello) for _ in range(20)))
    return len([r for r in replies if r.choices[0].message.content == "one two three"])


@case("openai: errors are of their classes")
def _():
    names = []
    for status in (400, 401, 403, 404, 409, 422, 429, 500, 503):
        for stream in (False, True):
            try:
                ask(f"status {status}", stream=stream)
            except openai.APIStatusError as e:
                names.append([type(e).__name__, e.status_code, e.code, e.param, e.request_id])
    return [names[i] for i in range(0, len(names), 2)] if names[::2] == names[1::2] else names


@case("openai: an error says how long to wait")
def _():
    try:
        ask("status 429")
    except openai.RateLimitError as e:
        return [e.response.headers["retry-after"], e.response.headers["x-ratelimit-remaining-requests"]]


@case("openai: it asks again when it is told to")
def _():
    return client.with_options(max_retries=3).chat.completions.create(model="second", messages=hello).choices[0].message.content


@case("openai: an error inside a stream")
def _():
    return list(ask("broken", stream=True))


@case("openai: a stream that is cut")
def _():
    return list(ask("cut", stream=True))


@case("openai: an event that is too large")
def _():
    return list(ask("large", stream=True))


@case("openai: a model's name with a line end")
def _():
    return ask("a\nb").model


@case("openai: a stream that is left ends the provider's work")
def _():
    stream = ask("endless", stream=True)
    first = next(iter(stream)).choices[0].delta.content
    stream.close()
    return [first, gone()]


@case("openai: a request that is given up ends the provider's work")
def _():
    try:
        ask("silent", timeout=0.5)
    except openai.APITimeoutError:
        return gone()


@case("openai: a task that is cancelled ends the provider's work")
async def _():
    many = openai.AsyncOpenAI(base_url=url + "/v1", api_key="none", max_retries=0)
    task = asyncio.create_task(many.chat.completions.create(model="silent", messages=hello))
    await asyncio.sleep(0.5)
    task.cancel()
    return await asyncio.to_thread(gone)


hugging = huggingface_hub.InferenceClient(base_url=url + "/v1", api_key="none")


@case("huggingface: a chat")
def _():
    return hugging.chat_completion(hello, model="say").choices[0].message.content


@case("huggingface: a stream")
def _():
    stream = hugging.chat_completion(hello, model="say", stream=True)
    return [c.choices[0].delta.content for c in stream if c.choices and c.choices[0].delta.content]


report()
