"""Talks to a language model by way of Sonar through frameworks for Python, unchanged."""
import os

os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"  # its table of prices comes with it
import litellm
from cases import case, given, report
from langchain_core.messages import HumanMessage, ToolMessage
from langchain_openai import ChatOpenAI

url = given["url"] + "/v1"
hello = [{"role": "user", "content": "hello"}]


def chain(model, **more):
    return ChatOpenAI(base_url=url, api_key="none", model=model, max_retries=0, **more)


def weather(city: str) -> str:
    """The weather of a city."""


def lite(model, **more):
    return litellm.completion(model="openai/" + model, api_base=url, api_key="none", num_retries=0, max_retries=0, **{"messages": hello, **more})


@case("langchain: a chat")
def _():
    reply = chain("say").invoke("hello")
    return [reply.content, reply.usage_metadata["total_tokens"], reply.response_metadata["finish_reason"]]


@case("langchain: a stream with its usage")
def _():
    pieces = list(chain("say", stream_usage=True).stream("hello"))
    return [[p.content for p in pieces if p.content], [p.usage_metadata["total_tokens"] for p in pieces if p.usage_metadata]]


@case("langchain: asynchronous")
async def _():
    return [p.content async for p in chain("say").astream("hello") if p.content]


@case("langchain: a tool is called, and told what came of it")
def _():
    model = chain("tools").bind_tools([weather])
    call = model.invoke("hello")
    said = model.invoke([HumanMessage("hello"), call, ToolMessage("rain", tool_call_id=call.tool_calls[0]["id"])])
    return [call.tool_calls[0]["name"], call.tool_calls[0]["args"], said.content]


@case("langchain: a tool is called in a stream")
def _():
    whole = None
    for piece in chain("tools").bind_tools([weather]).stream("hello"):
        whole = piece if whole is None else whole + piece
    return [whole.tool_calls[0]["name"], whole.tool_calls[0]["args"]]


@case("langchain: an error")
def _():
    return chain("status 429").invoke("hello").content


@case("langchain: an error inside a stream")
def _():
    return [p.content for p in chain("broken").stream("hello")]


@case("litellm: a chat")
def _():
    reply = lite("say")
    return [reply.choices[0].message.content, reply.usage.total_tokens]


@case("litellm: a stream")
def _():
    return "".join(c.choices[0].delta.content or "" for c in lite("say", stream=True) if c.choices)


@case("litellm: a tool is called")
def _():
    call = lite("tools", tools=[{"type": "function", "function": {"name": "weather", "parameters": {"type": "object", "properties": {}}}}])
    return [call.choices[0].message.tool_calls[0].function.name, call.choices[0].message.tool_calls[0].function.arguments]


@case("litellm: errors are of their classes")
def _():
    names = []
    for status in (400, 401, 404, 422, 429, 500, 503):
        try:
            lite(f"status {status}")
        except Exception as e:
            names.append([type(e).__name__, e.status_code])
    return names


@case("litellm: thoughts")
def _():
    return lite("think").choices[0].message.reasoning_content


report()
