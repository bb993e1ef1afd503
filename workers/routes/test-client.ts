import { newRegion, newWorkspace, request } from "../hub/test-fixture.ts";

/** A workspace and its key, as a client of the API has it. */
export interface TestClient {
  readonly workspaceId: string;
  readonly region: string;
  readonly key: string;
  call(method: string, path: string, body?: unknown): Promise<Response>;
  /** The JSON of an answer that must be 200. */
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape.
  ok(method: string, path: string, body?: unknown): Promise<any>;
}

export async function newClient(region = newRegion()): Promise<TestClient> {
  const { api_key: key, workspace_id: workspaceId } = await newWorkspace(region);
  const call = (method: string, path: string, body?: unknown) =>
    request(method, path, { headers: { "xi-api-key": key }, body });
  return {
    workspaceId,
    region,
    key,
    call,
    ok: async (method, path, body) => {
      const response = await call(method, path, body);
      if (response.status !== 200) {
        throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
      }
      return response.json();
    },
  };
}

export const NUMBERS = "/v1/convai/phone-numbers";
export const AGENTS = "/v1/convai/agents";

/** A number of a plan that no other test imports. */
export function newNumber(): string {
  const digits = crypto.getRandomValues(new Uint32Array(1))[0] ?? 0;
  return `+4420${String(70_000_000 + (digits % 9_999_999)).slice(0, 8)}`;
}

export function numberBody(phoneNumber: string, more: Record<string, unknown> = {}) {
  return { phone_number: phoneNumber, label: "Reception", provider: "sip_trunk", ...more };
}

export async function importNumber(client: TestClient, more: Record<string, unknown> = {}) {
  const phoneNumber = newNumber();
  const { phone_number_id: id } = await client.ok("POST", NUMBERS, numberBody(phoneNumber, more));
  return { id: String(id), phoneNumber };
}

export async function newAgent(client: TestClient, name = "Agent"): Promise<string> {
  const body = { name, conversation_config: {} };
  return (await client.ok("POST", `${AGENTS}/create`, body)).agent_id;
}
