// An OAuth 2.1 issuer for tests: issuer.mjs, then one command a line on its input, each answered by one line.
//
// It is node-oidc-provider (RFC 7591, 7636, 8414, 8707, 9068, 9207), with keys of three kinds. A resource whose address ends in /opaque gets
// tokens that are no JWTs, one in /brief tokens of one second, and one in /ES256 or /EdDSA tokens of that algorithm. Who comes to sign in is
// "ada", and has agreed. Commands: "keys" (takes new ones, and forgets the old), "down", "up", "end".
import http from "node:http";
import readline from "node:readline";
import { generateKeyPairSync, randomUUID } from "node:crypto";
import { Provider } from "oidc-provider";

console.info = console.error; // its notices are no answers
const scopes = "amalfa:read amalfa:write";

function keys() {
  const made = (alg, kind, options) => ({ ...generateKeyPairSync(kind, options).privateKey.export({ format: "jwk" }), kid: randomUUID(), use: "sig", alg });
  return { keys: [made("RS256", "rsa", { modulusLength: 2048 }), made("ES256", "ec", { namedCurve: "P-256" }), made("EdDSA", "ed25519", {})] };
}

function resource(ctx, indicator) {
  const algorithm = indicator.match(/\/(ES256|EdDSA)$/)?.[1] ?? "RS256";
  return {
    scope: scopes, audience: indicator,
    accessTokenTTL: indicator.endsWith("/brief") ? 1 : 3600,
    accessTokenFormat: indicator.endsWith("/opaque") ? "opaque" : "jwt",
    jwt: { sign: { alg: algorithm } },
  };
}

function issuer(url) {
  const provider = new Provider(url, {
    jwks: keys(),
    scopes: ["openid", ...scopes.split(" ")],
    cookies: { keys: [randomUUID()] },
    clients: [{ client_id: "machine", client_secret: "secret-of-the-machine", grant_types: ["client_credentials"], redirect_uris: [], response_types: [] }],
    enabledJWA: { idTokenSigningAlgValues: ["RS256", "ES256", "EdDSA"] },
    findAccount: (ctx, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
    interactions: { url: (ctx, interaction) => `/interaction/${interaction.uid}` },
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      registration: { enabled: true },
      resourceIndicators: { enabled: true, getResourceServerInfo: resource, useGrantedResource: () => true },
    },
  });
  provider.use(async (ctx, next) => {
    if (!ctx.path.startsWith("/interaction/")) return next();
    const { params, prompt } = await provider.interactionDetails(ctx.req, ctx.res);
    const result = {};
    if (prompt.name === "login") {
      result.login = { accountId: "ada" };
    } else {
      const grant = new provider.Grant({ accountId: "ada", clientId: params.client_id });
      grant.addOIDCScope(`openid ${scopes}`);
      for (const r of [params.resource].flat()) grant.addResourceScope(r, params.scope ?? scopes);
      result.consent = { grantId: await grant.save() };
    }
    ctx.respond = false;
    await provider.interactionFinished(ctx.req, ctx.res, result, { mergeWithLastSubmission: true });
  });
  return provider.callback();
}

const server = http.createServer((req, res) => handler(req, res));
await new Promise((done) => server.listen(0, "127.0.0.1", done));
const { port } = server.address();
const url = `http://127.0.0.1:${port}`;
let handler = issuer(url);
console.log(url);

const commands = {
  keys: () => { handler = issuer(url); },
  down: () => new Promise((done) => { server.close(done); server.closeAllConnections(); }),
  up: () => new Promise((done) => server.listen(port, "127.0.0.1", done)),
};
for await (const line of readline.createInterface({ input: process.stdin })) {
  if (line === "end") break;
  await commands[line]();
  console.log(line);
}
process.exit(0);
