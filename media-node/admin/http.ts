import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { CallLogger } from "../call/ports.ts";

/** One condition of readiness; `detail` says what is, in one sentence, whether it holds or not. */
export interface ReadinessCheck {
  readonly name: string;
  readonly ok: boolean;
  readonly detail: string;
}

interface RoutingStatus {
  readonly epoch: number;
  readonly version: number;
  readonly rows: number;
  /** Hex. */
  readonly hash: string;
}

export interface AdminDeps {
  readonly readiness: () => readonly ReadinessCheck[];
  /** Null while the node has no table. */
  readonly routing: () => RoutingStatus | null;
  readonly scrape: () => Promise<{ readonly contentType: string; readonly text: string }>;
  readonly drain: () => void;
  readonly acceptSnapshot: () => void;
  readonly logger: CallLogger;
}

export interface AdminServer extends AsyncDisposable {
  readonly address: string;
  readonly port: number;
}

interface Answer {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
  readonly allow?: string;
}

type Route = { readonly method: "GET" | "POST"; readonly answer: () => Promise<Answer> | Answer };

/** A request is a line and a few headers. Whoever is slower, or sends nothing, keeps others from asking. */
const REQUEST_MS = 2_000;
const CHECK_MS = 500;
const MAX_CONNECTIONS = 128;

/**
 * Health, readiness, metrics and the operator's commands, for whoever may reach the bound address: keep
 * it on loopback. Nothing that it answers is a secret.
 * @throws the system's error when the address cannot be bound
 */
export async function startAdminServer(
  listen: { readonly address: string; readonly port: number },
  deps: AdminDeps,
): Promise<AdminServer> {
  const routes = new Map<string, Route>([
    ["/healthz", { method: "GET", answer: () => json(200, { ok: true }) }],
    ["/readyz", { method: "GET", answer: () => readiness(deps) }],
    ["/metrics", { method: "GET", answer: () => metrics(deps) }],
    ["/drain", { method: "POST", answer: () => command(deps.drain, "draining") }],
    [
      "/routing/accept-snapshot",
      { method: "POST", answer: () => command(deps.acceptSnapshot, "next_snapshot_accepted") },
    ],
  ]);

  const limits = {
    headersTimeout: REQUEST_MS,
    requestTimeout: REQUEST_MS,
    connectionsCheckingInterval: CHECK_MS,
  };
  const server = createServer(limits, (request, response) => {
    request.resume();
    answer(routes, request)
      .catch((error: unknown) => {
        deps.logger.error("admin_request_failed", { error });
        return json(500, { error: "internal_error" });
      })
      .then((result) => send(response, request.method === "HEAD", result))
      .catch((error: unknown) => deps.logger.warn("admin_answer_failed", { error }));
  });
  server.maxConnections = MAX_CONNECTIONS;
  server.on("clientError", (_, socket) => socket.destroy());

  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(listen.port, listen.address, resolve);
  });
  server.on("error", (error) => deps.logger.error("admin_server_failed", { error }));
  const bound = server.address() as AddressInfo; // a TCP server that listens has one

  return {
    address: bound.address,
    port: bound.port,
    async [Symbol.asyncDispose]() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
    },
  };
}

async function answer(
  routes: ReadonlyMap<string, Route>,
  request: IncomingMessage,
): Promise<Answer> {
  const path = (request.url ?? "/").split("?", 1)[0] ?? "/";
  const route = routes.get(path);
  if (route === undefined) return json(404, { error: "not_found" });
  const isAllowed =
    request.method === route.method || (request.method === "HEAD" && route.method === "GET");
  // Browsers name the page that asks: no page on this machine may drain its node.
  if (request.headers.origin !== undefined) return json(403, { error: "no_browsers" });
  if (!isAllowed) return { ...json(405, { error: "method_not_allowed" }), allow: route.method };
  return route.answer();
}

function send(response: ServerResponse, headOnly: boolean, result: Answer): void {
  response.writeHead(result.status, {
    "content-type": result.contentType,
    "cache-control": "no-store",
    ...(result.allow === undefined ? {} : { allow: result.allow }),
  });
  response.end(headOnly ? undefined : result.body);
}

function readiness(deps: AdminDeps): Answer {
  const checks = deps.readiness();
  const isReady = checks.every((check) => check.ok);
  return json(isReady ? 200 : 503, { ready: isReady, checks, routing: deps.routing() });
}

async function metrics(deps: AdminDeps): Promise<Answer> {
  const { contentType, text } = await deps.scrape();
  return { status: 200, contentType, body: text };
}

function command(act: () => void, done: string): Answer {
  act();
  return json(202, { ok: true, done });
}

function json(status: number, value: unknown): Answer {
  return { status, contentType: "application/json", body: `${JSON.stringify(value)}\n` };
}
