// Runs the cases of a script and prints what each gave, or how it failed. Standard input holds one JSON object, which is `given`.
import { readFileSync } from "node:fs";

export const given = JSON.parse(readFileSync(0, "utf8"));
const outcomes = {};

export async function run(name, ask) {
  try {
    outcomes[name] = { value: plain(await ask()) };
  } catch (e) {
    outcomes[name] = { error: failure(e) };
  }
}

function plain(value) {
  if (ArrayBuffer.isView(value)) return Array.from(value);
  return Array.isArray(value) ? value.map(plain) : value;
}

function failure(e) {
  const status = e.status ?? e.statusCode ?? e.status_code ?? e.httpResponse?.status ?? 0;
  const body = e.error ?? e.body ?? e.httpResponse?.body;
  return { type: e.constructor.name, status: Number.isInteger(status) ? status : 0, text: `${e.message}\n${JSON.stringify(body)}` };
}

export const report = () => process.stdout.write(JSON.stringify(outcomes));
