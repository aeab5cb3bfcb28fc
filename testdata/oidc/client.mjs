// The client of the protocol's own SDK, with nothing told but where the server is: client.mjs person|machine URL. It prints the names of the
// tools that it is offered, as JSON.
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { ClientCredentialsProvider } from "@modelcontextprotocol/sdk/client/auth-extensions.js";
import { UnauthorizedError } from "@modelcontextprotocol/sdk/client/auth.js";

// A Person goes where the browser of one would be sent, with its cookies, until the issuer sends it back to the client.
class Person {
  redirectUrl = "http://127.0.0.1/callback";
  clientMetadata = { client_name: "test", redirect_uris: [this.redirectUrl], grant_types: ["authorization_code"], response_types: ["code"], token_endpoint_auth_method: "none", application_type: "native" };
  clientInformation() { return this.info; }
  saveClientInformation(info) { this.info = info; }
  tokens() { return this.saved; }
  saveTokens(tokens) { this.saved = tokens; }
  codeVerifier() { return this.verifier; }
  saveCodeVerifier(verifier) { this.verifier = verifier; }
  async redirectToAuthorization(at) {
    const cookies = new Map();
    for (let hops = 0; hops < 20; hops++) {
      if (at.href.startsWith(this.redirectUrl)) {
        this.code = at.searchParams.get("code");
        if (!this.code) throw new Error(at.href);
        return;
      }
      const cookie = [...cookies].map(([k, v]) => `${k}=${v}`).join("; ");
      const got = await fetch(at, { redirect: "manual", headers: { cookie } });
      for (const c of got.headers.getSetCookie()) {
        const [, name, value] = c.match(/^([^=]+)=([^;]*)/);
        cookies.set(name, value);
      }
      if (!got.headers.has("location")) throw new Error(`${got.status} of ${at}: ${await got.text()}`);
      at = new URL(got.headers.get("location"), at);
    }
    throw new Error("sent in circles");
  }
}

// Without a scope of its own the machine's provider asks for none, and such a token opens nothing.
const [, , who, url] = process.argv;
const authProvider = who === "person" ? new Person() : new ClientCredentialsProvider({ clientId: "machine", clientSecret: "secret-of-the-machine", scope: "amalfa:read" });
const transport = () => new StreamableHTTPClientTransport(new URL(url), { authProvider });
let client = new Client({ name: "test", version: "1" });
let to = transport();
try {
  await client.connect(to);
} catch (e) {
  if (!(e instanceof UnauthorizedError) || !authProvider.code) throw e;
  await to.finishAuth(authProvider.code);
  client = new Client({ name: "test", version: "1" });
  await client.connect(to = transport());
}
const { tools } = await client.listTools();
console.log(JSON.stringify(tools.map((t) => t.name)));
await client.close();
