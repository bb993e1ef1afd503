import { randomBytes } from "node:crypto";
import { z } from "zod";

/** What a first start puts into the system, through the Worker's own API. */

export const SAMPLE_NUMBER = "+15005550100";
const REGION = "local";
const AGENT_NAME = "Demonstration agent";

const workspaceSchema = z.object({ api_key: z.string() });
const joinTokenSchema = z.object({ join_token: z.string() });
const agentSchema = z.object({ agent_id: z.string() });
const numbersSchema = z.array(z.object({ phone_number: z.string() }));

export interface ApiAccess {
  readonly baseUrl: string;
  readonly operatorToken: string;
}

/** A request of the first start that the Worker refused: a fault of ours, not of the user's. */
class SeedFailed extends Error {
  readonly code = "seed_failed";
}

/** Makes a development workspace; returns its API key, which is shown once. */
export async function createWorkspace(access: ApiAccess): Promise<string> {
  // A label of its own: the workspace of a start that was cut off before it kept the key is in nobody's way.
  const hostLabel = `dev-${randomBytes(3).toString("hex")}`;
  const body = {
    name: "Development",
    host_label: hostLabel,
    region: REGION,
    operates_nodes: true,
  };
  const answer = await post(access.baseUrl, "/v1/admin/workspaces", bearer(access), body);
  return read(answer, workspaceSchema).then((workspace) => workspace.api_key);
}

/** A one-time token with which the node enrols. */
export async function createJoinToken(access: ApiAccess): Promise<string> {
  const body = { region: REGION };
  const answer = await post(access.baseUrl, "/v1/admin/join-tokens", bearer(access), body);
  return read(answer, joinTokenSchema).then((token) => token.join_token);
}

/**
 * The sample number with the demonstration agent, unless the workspace has numbers already: what the
 * user has deleted or changed stays so.
 */
export async function ensureSampleNumber(baseUrl: string, apiKey: string): Promise<void> {
  const key = { "xi-api-key": apiKey };
  const listed = await fetch(new URL("/v1/convai/phone-numbers", baseUrl), { headers: key });
  if ((await read(listed, numbersSchema)).length > 0) return;
  const made = await post(baseUrl, "/v1/convai/agents/create", key, {
    name: AGENT_NAME,
    conversation_config: {},
    connection: { protocol: "builtin" },
  });
  const { agent_id } = await read(made, agentSchema);
  const imported = await post(baseUrl, "/v1/convai/phone-numbers", key, {
    provider: "sip_trunk",
    phone_number: SAMPLE_NUMBER,
    label: "Sample number",
    agent_id,
    inbound_trunk_config: { media_encryption: "allowed" },
  });
  await read(imported, z.unknown());
}

function bearer(access: ApiAccess): Record<string, string> {
  return { authorization: `Bearer ${access.operatorToken}` };
}

function post(
  baseUrl: string,
  path: string,
  headers: Record<string, string>,
  body: unknown,
): Promise<Response> {
  return fetch(new URL(path, baseUrl), {
    method: "POST",
    headers: { ...headers, "content-type": "application/json" },
    body: JSON.stringify(body),
  });
}

async function read<S extends z.ZodType>(answer: Response, schema: S): Promise<z.infer<S>> {
  const path = new URL(answer.url).pathname;
  // An error's body says what is wrong and holds no secret of ours.
  if (!answer.ok) throw new SeedFailed(`${path}: ${answer.status} ${await answer.text()}`);
  const parsed = schema.safeParse(await answer.json());
  if (!parsed.success) throw new SeedFailed(`${path} answered in another form`);
  return parsed.data;
}
