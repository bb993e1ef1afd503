/** A client of the HTTP API as a customer would write it: fetch, a key, JSON. */
interface ApiAnswer {
  readonly status: number;
  readonly headers: Headers;
  // The body of a test's answer is looked into field by field; expect() does the typing.
  // biome-ignore lint/suspicious/noExplicitAny: see above
  readonly body: any;
}

export interface ApiClient {
  get(path: string): Promise<ApiAnswer>;
  post(path: string, body: unknown): Promise<ApiAnswer>;
  patch(path: string, body: unknown): Promise<ApiAnswer>;
  delete(path: string): Promise<ApiAnswer>;
}

export function createApiClient(baseUrl: string, apiKey: string): ApiClient {
  return {
    get: (path) => request("GET", path),
    post: (path, body) => request("POST", path, body),
    patch: (path, body) => request("PATCH", path, body),
    delete: (path) => request("DELETE", path),
  };

  async function request(method: string, path: string, body?: unknown): Promise<ApiAnswer> {
    const response = await fetch(new URL(path, baseUrl), {
      method,
      headers: { "xi-api-key": apiKey, "content-type": "application/json" },
      ...(body === undefined
        ? {}
        : { body: typeof body === "string" ? body : JSON.stringify(body) }),
      signal: AbortSignal.timeout(15_000),
    });
    const text = await response.text();
    return {
      status: response.status,
      headers: response.headers,
      body: text === "" ? null : JSON.parse(text),
    };
  }
}

/** Creates an agent that the node reaches at `url`. */
export async function createAgent(api: ApiClient, name: string, url: string): Promise<string> {
  const answer = await api.post("/v1/convai/agents/create", {
    name,
    connection: { protocol: "native", url },
  });
  if (answer.status !== 200) throw new Error(`agent: ${JSON.stringify(answer.body)}`);
  return answer.body.agent_id;
}

/** Imports a number for an agent; `trunk` is the inbound trunk configuration. */
export async function importNumber(
  api: ApiClient,
  phoneNumber: string,
  agentId: string,
  trunk?: Record<string, unknown>,
): Promise<string> {
  return (await importRoutedNumber(api, phoneNumber, agentId, trunk)).phoneNumberId;
}

/** The same, with the version of a node's table that knows it. */
export async function importRoutedNumber(
  api: ApiClient,
  phoneNumber: string,
  agentId: string,
  trunk?: Record<string, unknown>,
): Promise<{ readonly phoneNumberId: string; readonly routingVersion: number }> {
  const answer = await api.post("/v1/convai/phone-numbers", {
    provider: "sip_trunk",
    phone_number: phoneNumber,
    label: `test ${phoneNumber}`,
    agent_id: agentId,
    ...(trunk === undefined ? {} : { inbound_trunk_config: trunk }),
  });
  if (answer.status !== 200) throw new Error(`number: ${JSON.stringify(answer.body)}`);
  return {
    phoneNumberId: String(answer.body.phone_number_id),
    routingVersion: Number(answer.body.routing_revision),
  };
}
