import { env, exports } from "cloudflare:workers";
import { afterEach, beforeEach, vi } from "vitest";
import { createWorkspaceResponseSchema } from "../../schema/contracts/admin.ts";
import type { CallRecord } from "../../schema/contracts/call-record.ts";
import { enrolResponseSchema } from "../../schema/contracts/node-link.ts";
import type { AgentRoute } from "../../schema/contracts/routing.ts";
import { generateNodeKeyPair } from "../../schema/sealing/sealing.ts";
import { conversationIdOf, newId, type WorkspaceId } from "../../schema/values/ids.ts";
import { noteSecret, noteSecretsOf } from "../../tests/support/secrets-used.ts";
import { appendRoutingChange } from "../db/routing-changes.ts";
import type { SqlValue, Statement } from "../db/write-unit.ts";
import { createDeps } from "../deps.ts";
import type { Env } from "../env.ts";

/** What the tests of the hub, the node endpoints and the webhooks share: a real Worker and database. */

// vitest.config.ts gives the test run these bindings.
export const bindings = env as unknown as Env & { readonly TEST_OPERATOR_TOKEN: string };
export const deps = createDeps(bindings);

// index.ts exports a fetch handler as its default.
const worker = (exports as unknown as { readonly default: Fetcher }).default;

/** Every test has a region of its own, and with it a hub and a log. */
export function newRegion(): string {
  return `test-${crypto.randomUUID().slice(0, 13)}`;
}

export function request(
  method: string,
  path: string,
  options: {
    bearer?: string;
    /** JSON, unless it is bytes. */
    body?: unknown;
    /** Instead of `body`: as it is. */
    text?: string;
    headers?: Record<string, string>;
    signal?: AbortSignal;
  } = {},
): Promise<Response> {
  const headers = new Headers(options.headers);
  if (options.bearer !== undefined) headers.set("authorization", `Bearer ${options.bearer}`);
  const { body: content } = options;
  const isJson = content !== undefined && !(content instanceof Uint8Array);
  if (isJson) headers.set("content-type", "application/json");
  const body = options.text ?? (isJson ? JSON.stringify(content) : (content ?? null));
  if (typeof body === "string") noteSecretsOf(body);
  noteSecret(headers.get("xi-api-key") ?? options.bearer ?? "", "the key of a request");
  return worker.fetch(`http://control-plane${path}`, {
    method,
    headers,
    body,
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  });
}

export function asOperator(path: string, body: unknown): Promise<Response> {
  return request("POST", path, { bearer: bindings.TEST_OPERATOR_TOKEN, body });
}

export async function newWorkspace(region: string) {
  const response = await asOperator("/v1/admin/workspaces", {
    name: "Test",
    host_label: `t${crypto.randomUUID().replaceAll("-", "")}`,
    region,
  });
  return createWorkspaceResponseSchema.parse(await response.json());
}

export async function newJoinToken(region: string): Promise<string> {
  const response = await asOperator("/v1/admin/join-tokens", { region, ttl_secs: 60 });
  const { join_token } = await response.json<{ join_token: string }>();
  return join_token;
}

export async function newNode(region: string) {
  const pair = await generateNodeKeyPair();
  // Asked again when the database that all tests share is busy, as whoever enrols a node does.
  return vi.waitFor(
    async () => {
      const response = await request("POST", "/v1/nodes/enrol", {
        body: {
          joinToken: await newJoinToken(region),
          name: "node-1",
          publicAddress: "192.0.2.10",
          publicKey: pair.publicKey,
        },
      });
      if (!response.ok) throw new Error(`enrol: ${response.status} ${await response.text()}`);
      return { ...pair, ...enrolResponseSchema.parse(await response.json()) };
    },
    { timeout: 10_000, interval: 100 },
  );
}

export async function commit(...statements: readonly Statement[]): Promise<void> {
  const writeId = newId("write");
  const outcome = await deps.writer.write({ writeId, priority: "normal", statements });
  if (!outcome.ok) throw new Error(`test write: ${outcome.code}`);
}

export function sql(text: string, ...args: SqlValue[]): Statement {
  return { sql: text, args };
}

/** Appends a change of an agent's name; the log and so the table is all that these tests look at. */
export function agentChange(region: string, agent: AgentRoute, isRemoved = false): Statement {
  const value = isRemoved ? null : agent;
  return appendRoutingChange(region, { kind: "agent", entityId: agent.id, value }, Date.now());
}

export function newAgent(name: string): AgentRoute {
  return {
    id: newId("agent"),
    workspaceId: newId("workspace"),
    name,
    connection: { protocol: "builtin" },
    maxDurationSecs: 600,
    digitInput: null,
    transferDestinations: [],
    preCallWebhook: null,
    limits: { concurrency: null, daily: null },
    queue: null,
    silenceTimeoutSecs: null,
    voicemail: null,
    fallback: null,
    audioFiles: {},
    recording: null,
  };
}

export function newCallRecord(region: string, workspaceId: WorkspaceId): CallRecord {
  const callId = newId("call");
  return {
    callId,
    conversationId: conversationIdOf(callId),
    workspaceId,
    phoneNumberId: newId("phoneNumber"),
    agentId: newId("agent"),
    agentName: "Agent",
    direction: "inbound",
    agentNumber: "+15005550100",
    externalNumber: "+15005550199",
    callSid: "sid",
    sipCallId: "sip-call-id",
    dynamicVariables: { sip_contact_id: "42" },
    nodeId: "node",
    region,
    transport: "tls",
    sourceAddress: "192.0.2.20",
    startedAtMs: 1_790_000_000_000,
    answeredAtMs: 1_790_000_001_000,
    endedAtMs: 1_790_000_031_000,
    durationMs: 30_000,
    end: { code: "caller_hung_up", blame: "none", sipStatus: null, reason: "The caller hung up." },
    refusal: null,
    media: null,
  };
}

/** In every test of the file: webhook endpoints refuse, so that what is pending stays pending. */
export function refuseWebhooks(): void {
  beforeEach(() => {
    vi.spyOn(globalThis, "fetch").mockImplementation(
      async () => new Response(null, { status: 503 }),
    );
  });
  afterEach(() => {
    vi.restoreAllMocks();
  });
}
