import type { Command } from "commander";
import type { Answer, Trunkline } from "../../sdk/trunkline.ts";
import { isLoopback, parseHttpUrl, parsePort, parseSeconds } from "../options.ts";
import { UserError } from "../user-error.ts";
import type { ApiOptions, ApiSession, Columns } from "./session.ts";
import { type AddVerb, parseLimit, take } from "./verbs.ts";
import { openWebhookListener, type ReceivedRequest } from "./webhook-listener.ts";

interface ListenOptions extends ApiOptions {
  readonly port: number;
  readonly forwardTo?: URL;
  readonly publicUrl?: URL;
  readonly for?: number;
}

type Endpoint = Answer<"/v1/webhook-endpoints", "get">["data"][number];
type Delivery = Answer<"/v1/webhook-deliveries", "get">["data"][number];

const ENDPOINT_COLUMNS: Columns<Endpoint> = [
  ["ENDPOINT", (endpoint) => endpoint.webhook_endpoint_id],
  ["NAME", (endpoint) => endpoint.name],
  ["URL", (endpoint) => endpoint.url],
  ["STYLE", (endpoint) => endpoint.signature_style],
  [
    "STATE",
    ({ disabled_reason, is_disabled }) => (is_disabled ? (disabled_reason ?? "off") : "on"),
  ],
];

const DELIVERY_COLUMNS: Columns<Delivery> = [
  ["DELIVERY", (delivery) => delivery.webhook_delivery_id],
  ["EVENT", (delivery) => delivery.event_id],
  ["TYPE", (delivery) => delivery.type],
  ["STATUS", (delivery) => delivery.status],
  ["ATTEMPTS", (delivery) => String(delivery.attempts)],
  ["LAST ANSWER", (one) => one.last_error ?? one.last_status_code?.toString() ?? null],
  ["AT", (delivery) => delivery.created_at],
];

const ENDPOINT_NAME = "trunkline webhooks listen";
const FORWARD_LIMIT_MS = 10_000;
/** Of a connection, not of an event (RFC 9110 §7.6.1), or written anew by the client. */
const OWN_HEADERS = ["host", "connection", "content-length", "transfer-encoding"];

/** `trunkline webhooks …` */
export function addWebhookVerbs(program: Command, add: AddVerb): void {
  const webhooks = program.command("webhooks").description("What the API posts to you.");

  add<ListenOptions>(
    webhooks,
    "listen",
    "Receives webhooks here, checks and prints them, until Ctrl-C.",
  )
    .option("--port <port>", "on loopback; 0 is any", parsePort, 0)
    .option(
      "--forward-to <url>",
      "post each event there as well, and answer as it does",
      parseHttpUrl,
    )
    .option(
      "--public-url <url>",
      "that leads to the port, for an API that is not on this machine",
      parseHttpUrl,
    )
    .option("--for <seconds>", "end after this time instead of at Ctrl-C", parseSeconds)
    .verb((options) => (session) => listen(session, options));

  add(webhooks, "list", "Endpoints that are told what happens.").verb(() => async (session) => {
    const { data } = await session.api.get("/v1/webhook-endpoints");
    session.printList(data, ENDPOINT_COLUMNS);
    return undefined;
  });

  add<ApiOptions & { endpoint?: string; status?: string; limit: number }>(
    webhooks,
    "deliveries",
    "What was posted to endpoints, newest first.",
  )
    .option("--endpoint <endpoint>", "to this endpoint only")
    .option("--status <status>", "pending, delivered or failed")
    .option("--limit <count>", "at most so many", parseLimit, 100)
    .verb(({ endpoint, limit, status }) => async ({ api, printList }) => {
      const query = {
        page_size: Math.min(limit, 100),
        ...(endpoint === undefined ? {} : { webhook_endpoint_id: endpoint }),
        // Another word is refused by the API, which names those that there are.
        ...(status === undefined ? {} : { status: status as "failed" }),
      };
      const deliveries = api.list("/v1/webhook-deliveries", { params: { query } });
      printList(await take(deliveries, limit), DELIVERY_COLUMNS);
      return undefined;
    });

  add<ApiOptions & { type: string }>(webhooks, "trigger", "Posts a signed sample to an endpoint.")
    .argument("<endpoint>", "its identifier")
    .option("--type <type>", "of the event, e.g. call.ended", String, "call.ended")
    .verb(({ type }, [id = ""]) => async ({ api, print }) => {
      const params = { path: { webhook_endpoint_id: id } };
      // Another word is refused by the API, which names those that there are.
      const body = { type: type as "call.ended" };
      print(await api.post("/v1/webhook-endpoints/{webhook_endpoint_id}/test", { params, body }));
      return undefined;
    });

  add(webhooks, "replay", "Posts again what was posted before, under the same identifier.")
    .argument("<delivery>", "its identifier")
    .verb((_options, [id = ""]) => async ({ api, print }) => {
      const params = { path: { webhook_delivery_id: id } };
      print(await api.post("/v1/webhook-deliveries/{webhook_delivery_id}/replay", { params }));
      return undefined;
    });
}

async function listen(session: ApiSession, options: ListenOptions): Promise<undefined> {
  const { api, say, printLine } = session;
  requireReachable(session.baseUrl, options.publicUrl);
  const limit = options.for === undefined ? [] : [AbortSignal.timeout(options.for * 1_000)];
  const over = AbortSignal.any([session.signal, ...limit]);
  await using listener = await openWebhookListener(options.port, {
    async receive(event, request) {
      const status =
        options.forwardTo === undefined ? 200 : await forward(request, options.forwardTo);
      const id = request.headers.get("webhook-id") ?? "-";
      printLine(event, `${new Date().toISOString()} ${id} ${event.type} ${status}`);
      return status;
    },
    refuse: (error) => say(`Refused a request: ${error.message}`),
  });
  const url = options.publicUrl?.href ?? listener.url;
  const endpoint = await makeEndpoint(api, url);
  try {
    listener.setSecret(endpoint.webhook_secret);
    say(`Webhooks come to ${url} until this ends (endpoint ${endpoint.webhook_id}).`);
    await aborted(over);
  } finally {
    const params = { path: { webhook_id: endpoint.webhook_id } };
    await api.delete("/v1/workspace/webhooks/{webhook_id}", { params });
  }
  return undefined;
}

function makeEndpoint(api: Trunkline, url: string) {
  const settings = { auth_type: "hmac" as const, name: ENDPOINT_NAME, webhook_url: url };
  return api.post("/v1/workspace/webhooks", { body: { settings } });
}

/** Another machine cannot post to this one's loopback. */
function requireReachable(baseUrl: string, publicUrl: URL | undefined): void {
  const host = new URL(baseUrl).hostname.replace(/^\[(.*)\]$/, "$1");
  if (publicUrl !== undefined || host === "localhost" || isLoopback(host)) return;
  throw new UserError(
    `${baseUrl} cannot reach this machine's loopback: lead an address to --port by a tunnel and name it with --public-url.`,
  );
}

/** What the program behind it answers; 502 when it does not, so that the API tries again. */
async function forward({ body, headers }: ReceivedRequest, to: URL): Promise<number> {
  const passed = new Headers(headers);
  for (const name of OWN_HEADERS) passed.delete(name);
  try {
    const answer = await fetch(to, {
      method: "POST",
      headers: passed,
      body,
      redirect: "manual",
      signal: AbortSignal.timeout(FORWARD_LIMIT_MS),
    });
    await answer.body?.cancel();
    return answer.status;
  } catch {
    return 502;
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
