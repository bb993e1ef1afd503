import fc from "fast-check";
import { z } from "zod";
import type { SelfHosted } from "../../support/self-hosted.ts";
import { type ApiSchema, readApiSchema } from "./api-schema.ts";
import { anyRequest, Existing, type FuzzRequest } from "./requests.ts";

/** Requests of the API's own document against the real Worker: no 5xx, and every answer is one that the document describes. */

export interface ApiFuzzReport {
  readonly seed: number;
  readonly requests: number;
  /** Answers by status. */
  readonly statuses: Readonly<Record<string, number>>;
  /** Operations that answered 2xx at least once, of all that there are. */
  readonly succeeded: readonly string[];
  readonly operations: number;
  /** One request as a line and what was wrong with its answer, made as small as it will go; null: none. */
  readonly failure: { readonly request: string; readonly why: string } | null;
}

const WRONG_KEY = "tk_live_000000000000000000000000000000000000";
const REQUEST_LIMIT_MS = 20_000;

/** Identifiers that answers have named, by the name of their member. */
class Pool {
  readonly #ids = new Map<string, string[]>();
  readonly #spared: string;

  /** `spared` is never named: the key that the requests are made with. */
  constructor(spared: string) {
    this.#spared = spared;
  }

  learn(value: unknown): void {
    if (Array.isArray(value)) for (const one of value) this.learn(one);
    if (typeof value !== "object" || value === null) return;
    for (const [name, member] of Object.entries(value)) {
      if (typeof member === "object") this.learn(member);
      if (typeof member !== "string" || !name.endsWith("_id") || name === "request_id") continue;
      if (member === this.#spared) continue;
      const known = this.#ids.get(name) ?? [];
      if (!known.includes(member)) this.#ids.set(name, [...known.slice(-19), member]);
    }
  }

  at(kind: string, index: number): string {
    const name =
      kind === "agent_phone_number_id" ? "phone_number_id" : kind.replace(/_ids$/, "_id");
    const known = this.#ids.get(name) ?? [];
    return known[index % Math.max(known.length, 1)] ?? `no_${name}`;
  }
}

export async function runApiFuzz(
  target: SelfHosted,
  settings: { readonly requests: number; readonly seed: number },
): Promise<ApiFuzzReport> {
  const api = readApiSchema(await (await fetch(`${target.baseUrl}/openapi.json`)).json());
  const self = await fetch(`${target.baseUrl}/v1/api-keys/self`, {
    headers: { "xi-api-key": target.apiKey },
  });
  const pool = new Pool(selfSchema.parse(await self.json()).api_key_id);
  for (const made of await makeExamples(target)) pool.learn(made);
  const statuses: Record<string, number> = {};
  const succeeded = new Set<string>();
  const details = await fc.check(
    fc.asyncProperty(anyRequest(api), async (request) => {
      const { why, status } = await sendOne(target, api, pool, request);
      statuses[status] = (statuses[status] ?? 0) + 1;
      if (status >= 200 && status < 300) succeeded.add(request.operation.operationId);
      if (why !== null) throw new Error(why);
    }),
    { seed: settings.seed, numRuns: settings.requests },
  );
  const [smallest] = details.counterexample ?? [];
  const { errorInstance } = details;
  return {
    seed: settings.seed,
    requests: details.numRuns,
    statuses,
    succeeded: [...succeeded].sort(),
    operations: api.operations.length,
    failure:
      smallest === undefined
        ? null
        : {
            request: lineOf(smallest, pool),
            why: errorInstance instanceof Error ? errorInstance.message : String(errorInstance),
          },
  };
}

/** One of each that requests are about, so that the first of them find something; and addresses that are published. */
async function makeExamples({ baseUrl, apiKey, operatorToken }: SelfHosted): Promise<unknown[]> {
  const post = async (path: string, key: Record<string, string>, body: unknown) => {
    const answer = await fetch(new URL(path, baseUrl), {
      method: "POST",
      headers: { ...key, "content-type": "application/json" },
      body: JSON.stringify(body),
    });
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
    return answer.json();
  };
  const key = { "xi-api-key": apiKey };
  const range = {
    prefix: "185.203.112.0/24",
    region: "local",
    geo: { country: "DE" },
    services: ["sip"],
    form: "provider_block",
    holder: "Example",
  };
  return [
    await post("/v1/convai/agents/create", key, { name: "Example" }),
    await post("/v1/convai/phone-numbers", key, {
      phone_number: "+442071838750",
      label: "Example",
      outbound_trunk_config: { address: "pbx.invalid" },
    }),
    await post("/v1/workspace/webhooks", key, {
      settings: { auth_type: "hmac", name: "Example", webhook_url: "https://hooks.invalid/" },
    }),
    await post(
      "/v1/admin/network/ranges",
      { authorization: `Bearer ${operatorToken}` },
      { ranges: [range], notice: "initial" },
    ),
  ];
}

async function sendOne(
  target: SelfHosted,
  api: ApiSchema,
  pool: Pool,
  request: FuzzRequest,
): Promise<{ readonly status: number; readonly why: string | null }> {
  const answer = await fetch(new URL(pathOf(request, pool), target.baseUrl), {
    method: request.operation.method,
    headers: { ...credentialOf(target, request), ...request.headers, ...typeOf(request) },
    redirect: "manual",
    signal: AbortSignal.timeout(REQUEST_LIMIT_MS),
    ...(request.body === undefined ? {} : { body: textOf(request.body, pool) }),
  });
  const text = await answer.text();
  const { status } = answer;
  if (status >= 500 && !isWithoutNode(status, text)) {
    return { status, why: `${status}: ${text.slice(0, 300)}` };
  }
  if (answer.headers.get("request-id") === null)
    return { status, why: "the answer has no Request-Id" };
  const type = answer.headers.get("content-type") ?? "";
  // Lines of JSON are described as text.
  const body = type.includes("json") && !type.includes("ndjson") ? parse(text) : text;
  pool.learn(body);
  return { status, why: api.checkAnswer(request.operation, status, type, body) };
}

/** What only a node can answer, where none is linked: no fault, and held to the document like any answer. */
function isWithoutNode(status: number, text: string): boolean {
  return status === 503 && noNodeSchema.safeParse(parse(text)).success;
}

const selfSchema = z.object({ api_key_id: z.string() });
const noNodeSchema = z.object({ code: z.literal("no_node_answers") });

function pathOf({ operation, pathValues, query }: FuzzRequest, pool: Pool): string {
  const path = operation.path.replaceAll(/\{(\w+)\}/g, (_whole, name: string) => {
    const value = pathValues[name] ?? "";
    const text = typeof value === "number" ? pool.at(name, value) : value;
    // A segment of dots would be another path (RFC 3986 §5.2.4).
    return /^\.*$/.test(text) ? "x" : encodeURIComponent(text.toWellFormed());
  });
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    const resolved = resolve(value, pool);
    for (const one of Array.isArray(resolved) ? resolved : [resolved]) {
      search.append(name, typeof one === "string" ? one : JSON.stringify(one));
    }
  }
  return search.size === 0 ? path : `${path}?${search}`;
}

function credentialOf(target: SelfHosted, request: FuzzRequest): Record<string, string> {
  const { security } = request.operation;
  if (request.credential === "none" || security?.length === 0) return {};
  const isOperator = security?.some((one) => "operatorToken" in one) === true;
  if (request.credential === "wrong") {
    return isOperator ? { authorization: "Bearer x" } : { "xi-api-key": WRONG_KEY };
  }
  return isOperator
    ? { authorization: `Bearer ${target.operatorToken}` }
    : { "xi-api-key": target.apiKey };
}

function typeOf({ body }: FuzzRequest): Record<string, string> {
  return body === undefined || body.type === "" ? {} : { "content-type": body.type };
}

function textOf({ content, isRaw }: NonNullable<FuzzRequest["body"]>, pool: Pool): string {
  const resolved = resolve(content, pool);
  return isRaw && typeof resolved === "string" ? resolved : JSON.stringify(resolved);
}

/** Puts identifiers that there are in the places that stand for them. */
function resolve(value: unknown, pool: Pool): unknown {
  if (value instanceof Existing) return pool.at(value.kind, value.index);
  if (Array.isArray(value)) return value.map((one) => resolve(one, pool));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, resolve(one, pool)]));
}

function lineOf(request: FuzzRequest, pool: Pool): string {
  const { method } = request.operation;
  const body =
    request.body === undefined ? "" : ` ${request.body.type} ${textOf(request.body, pool)}`;
  const headers = Object.entries(request.headers).map(([name, value]) => ` ${name}: ${value}`);
  return `${method} ${pathOf(request, pool)}${headers.join("")} (key: ${request.credential})${body}`;
}

function parse(text: string): unknown {
  try {
    return z.json().parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}
