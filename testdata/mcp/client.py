"""Drives a server with the official Python SDK. Arguments: mode, then the server's command, or its URL. Prints one JSON object."""
import asyncio
import json
import os
import sys
import time

from mcp import Client, StdioServerParameters, types


async def talk(client):
    out = {"version": client.protocol_version, "server": client.server_info.name, "instructions": bool(client.instructions)}
    tools = (await client.list_tools()).tools
    out["tools"] = sorted(t.name for t in tools)
    found = await client.call_tool("search_documents", {"query": "who keeps the tide tables?"})
    best = found.structured_content["results"][0]
    out["best"] = best["location"]
    read = await client.call_tool("read_node_content", {"id": best["location"]})
    out["read"] = read.structured_content["content"]
    links = await client.call_tool("explore_links", {"id": "README.md"})
    out["links"] = links.structured_content["total"]
    listed = await client.call_tool("list_directory_structure", {})
    out["entries"] = [e["path"] for e in listed.structured_content["entries"]]
    wrong = await client.call_tool("read_node_content", {"id": "../../etc/passwd"})
    out["wrong"] = wrong.is_error
    out["resources"] = len((await client.list_resources()).resources)
    out["templates"] = [t.uri_template for t in (await client.list_resource_templates()).resource_templates]
    note = await client.read_resource("amalfa://notes/docs/%E6%97%A5%E6%9C%AC%E8%AA%9E.md")
    out["note"] = note.contents[0].text
    out["prompts"] = [p.name for p in (await client.list_prompts()).prompts]
    prompt = await client.get_prompt("recall", {"topic": "granite"})
    out["prompt"] = "granite" in prompt.messages[0].content.text
    ref = types.PromptReference(type="ref/prompt", name="onboarding")
    out["folders"] = (await client.complete(ref, {"name": "folder", "value": "l"})).completion.values
    took = []
    for _ in range(50):
        start = time.perf_counter()
        await client.call_tool("memory_status", {})
        took.append(time.perf_counter() - start)
    print(f"memory_status: median {1000 * sorted(took)[25]:.2f} ms", file=sys.stderr)
    return out


async def main():
    mode, target = sys.argv[1], sys.argv[2:]
    server = target[0] if target[0].startswith("http") else StdioServerParameters(command=target[0], args=target[1:], env={**os.environ, "AMALFA_MCP_TEST_ROOT": target[1]})
    async with Client(server, mode=mode) as client:
        print(json.dumps(await talk(client), ensure_ascii=False))


asyncio.run(main())
