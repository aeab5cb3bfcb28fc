"""Drives the released program over the demo's vault with the official Python SDK. Arguments: mode, then the server's command, or its URL."""
import asyncio
import json
import os
import sys

from mcp import Client, StdioServerParameters

QUESTION = "how do we keep the ferry timetable correct when the clocks change?"


async def main():
    mode, target = sys.argv[1], sys.argv[2:]
    server = target[0] if target[0].startswith("http") else StdioServerParameters(command=target[0], args=target[1:], env=dict(os.environ))
    async with Client(server, mode=mode) as client:
        out = {"version": client.protocol_version, "tools": len((await client.list_tools()).tools)}
        found = await client.call_tool("search_documents", {"query": QUESTION})
        best = found.structured_content["results"][0]
        out["answer"] = best["id"]
        read = await client.call_tool("read_node_content", {"id": best["location"]})
        out["note"] = bool(read.structured_content["content"]) and read.structured_content["lines"] == best["lines"]
        path = await client.call_tool("find_path", {"from": "README.md", "to": best["id"]})
        out["path"] = path.structured_content["found"]
        wrong = await client.call_tool("read_node_content", {"id": "../../etc/passwd"})
        out["wrong"] = wrong.is_error
        print(json.dumps(out, ensure_ascii=False))


asyncio.run(main())
