// Asks a server of notes through both of the protocol's libraries for JavaScript, over both transports, unchanged.
import * as now from "@modelcontextprotocol/client";
import * as nowStdio from "@modelcontextprotocol/client/stdio";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { given, report, run } from "./cases.mjs";

const { url, command, question } = given;
const libraries = {
  "sdk 1": { Client, Stdio: StdioClientTransport, HTTP: StreamableHTTPClientTransport, options: {} },
  "client 2": { Client: now.Client, Stdio: nowStdio.StdioClientTransport, HTTP: now.StreamableHTTPClientTransport, options: {} },
  "client 2, revision found": { Client: now.Client, Stdio: nowStdio.StdioClientTransport, HTTP: now.StreamableHTTPClientTransport, options: { versionNegotiation: { mode: "auto" } } },
};

for (const [name, { Client, Stdio, HTTP, options }] of Object.entries(libraries)) {
  const transports = {
    stdio: () => new Stdio({ command: command[0], args: command.slice(1), env: process.env, stderr: "ignore" }),
    http: () => new HTTP(new URL(url)),
  };
  for (const [how, transport] of Object.entries(transports)) {
    const client = new Client({ name: "clients", version: "1" }, options);
    const call = async (tool, args) => (await client.callTool({ name: tool, arguments: args })).structuredContent;
    const at = (what, ask) => run(`${name}, ${how}: ${what}`, ask);
    await at("connects", async () => {
      await client.connect(transport());
      const version = client.getNegotiatedProtocolVersion?.() ?? "2025-11-25"; // the newest that the older library has
      return [client.getServerVersion().name, version, client.getInstructions().length > 0];
    });
    await at("tools", async () => (await client.listTools()).tools.length);
    let best;
    await at("search", async () => {
      best = (await call("search_documents", { query: question })).results[0];
      return best.id;
    });
    await at("read what was found", async () => `${(await call("read_node_content", { id: best.location })).lines}` === `${best.lines}`);
    await at("a path", async () => (await call("find_path", { from: "README.md", to: best.id })).found);
    await at("a note outside", async () => (await client.callTool({ name: "read_node_content", arguments: { id: "../../etc/passwd" } })).isError);
    await at("resources", async () => {
      const { resources } = await client.listResources();
      const { contents } = await client.readResource({ uri: resources.find((r) => r.uri.endsWith("/README.md")).uri });
      return contents[0].text.startsWith("#") || contents[0].text.startsWith("---");
    });
    await at("prompts", async () => {
      const { prompts } = await client.listPrompts();
      const { messages } = await client.getPrompt({ name: "recall", arguments: { topic: "granite" } });
      return [prompts.map((p) => p.name).sort(), messages[0].content.text.includes("granite")];
    });
    await at("closes", () => client.close().then(() => true));
  }
}

report();
