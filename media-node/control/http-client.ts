import {
  Agent as HttpAgent,
  type IncomingHttpHeaders,
  type IncomingMessage,
  request as requestHttp,
} from "node:http";
import { Agent as HttpsAgent, request as requestHttps } from "node:https";
import type { z } from "zod";
import type { Secret } from "../../schema/values/secret.ts";

const DEFAULT_TIMEOUT_MS = 10_000;
const DEFAULT_MAX_BYTES = 16 * 1024 * 1024;

export type ControlPlaneFaultCode =
  | "control_plane_unreachable"
  | "control_plane_timeout"
  /** It answered with a status that the request does not expect. */
  | "control_plane_refused"
  /** It answered with something that its contract does not have. */
  | "control_plane_unreadable";

/** A request to the control plane that gave no usable answer. Calls never depend on one. */
export class ControlPlaneFault extends Error {
  readonly code: ControlPlaneFaultCode;
  readonly publicMessage = "The control plane could not be reached.";
  /** HTTP status when there was one. */
  readonly status: number | null;

  constructor(
    message: string,
    options: ErrorOptions & { code: ControlPlaneFaultCode; status?: number },
  ) {
    super(message, options);
    this.name = "ControlPlaneFault";
    this.code = options.code;
    this.status = options.status ?? null;
  }
}

interface ControlPlaneRequest {
  readonly method: "GET" | "POST" | "PUT";
  /** Path, or URL as the control plane gave it. Another origin is never sent the credential. */
  readonly path: string;
  /** As JSON. */
  readonly body?: unknown;
  /** Instead of it: as they are. */
  readonly bytes?: Uint8Array;
  /** Until the last byte of the answer. */
  readonly timeoutMs?: number;
  readonly maxBytes?: number;
  readonly signal?: AbortSignal;
}

export interface ControlPlaneResponse {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

export interface ControlPlaneClient {
  /** @throws ControlPlaneFault when there is no answer; any status is an answer */
  send(request: ControlPlaneRequest): Promise<ControlPlaneResponse>;
  /**
   * The answer with its body yet to be read, for what is too much to be held: `maxBytes` is not watched.
   * @throws ControlPlaneFault as `send` does
   */
  open(request: ControlPlaneRequest): Promise<IncomingMessage>;
  close(): void;
}

export interface ControlPlaneSettings {
  readonly baseUrl: string;
  /** Null before enrolment. */
  readonly credential: Secret | null;
  /** PEM of the authority that signed the control plane's certificate; null: the system's. */
  readonly ca: string | null;
}

export function createControlPlaneClient(settings: ControlPlaneSettings): ControlPlaneClient {
  const base = new URL(settings.baseUrl);
  const plain = new HttpAgent({ keepAlive: true, maxSockets: 4 });
  const secure = new HttpsAgent({
    keepAlive: true,
    maxSockets: 4,
    ...(settings.ca === null ? {} : { ca: settings.ca }),
  });

  async function attempt<Answer>(
    request: ControlPlaneRequest,
    isRetry: boolean,
    read: (response: IncomingMessage) => Answer | Promise<Answer>,
  ): Promise<Answer> {
    const url = new URL(request.path, base);
    const json = request.body === undefined ? null : Buffer.from(JSON.stringify(request.body));
    const body = request.bytes ?? json;
    const timeout = AbortSignal.timeout(request.timeoutMs ?? DEFAULT_TIMEOUT_MS);
    const signal =
      request.signal === undefined ? timeout : AbortSignal.any([timeout, request.signal]);
    const headers: Record<string, string> = { accept: "*/*" };
    if (settings.credential !== null && url.origin === base.origin) {
      headers["authorization"] = `Bearer ${settings.credential.reveal()}`;
    }
    if (body !== null) {
      headers["content-type"] = body === json ? "application/json" : "application/octet-stream";
      headers["content-length"] = String(body.length);
    }
    const isSecure = url.protocol === "https:";
    const options = { method: request.method, headers, signal };
    const outgoing = isSecure
      ? requestHttps(url, { ...options, agent: secure })
      : requestHttp(url, { ...options, agent: plain });
    try {
      return await new Promise<Answer>((resolve, reject) => {
        outgoing.once("error", reject);
        outgoing.once("response", (response) => {
          Promise.resolve(read(response)).then(resolve, reject);
        });
        outgoing.end(body);
      });
    } catch (cause) {
      // The server closed an idle connection while we wrote to it: it has not seen the request.
      if (!isRetry && outgoing.reusedSocket && isReset(cause)) {
        return attempt(request, true, read);
      }
      const what = `${request.method} ${url.origin}${url.pathname}`;
      if (timeout.aborted) {
        throw new ControlPlaneFault(`${what}: no answer`, { code: "control_plane_timeout", cause });
      }
      if (cause instanceof RangeError) {
        throw new ControlPlaneFault(`${what}: ${cause.message}`, {
          code: "control_plane_unreadable",
          cause,
        });
      }
      const detail = cause instanceof Error ? cause.message : "failed";
      throw new ControlPlaneFault(`${what}: ${detail}`, {
        code: "control_plane_unreachable",
        cause,
      });
    }
  }

  return {
    send: (request) => attempt(request, false, readAll(request.maxBytes ?? DEFAULT_MAX_BYTES)),
    open: (request) => attempt(request, false, (response) => response),
    close() {
      plain.destroy();
      secure.destroy();
    },
  };
}

/** Rejects with a RangeError when there is more. */
function readAll(maxBytes: number) {
  return (response: IncomingMessage) =>
    new Promise<ControlPlaneResponse>((resolve, reject) => {
      const chunks: Buffer[] = [];
      let held = 0;
      response.on("error", reject);
      response.on("data", (chunk: Buffer) => {
        held += chunk.length;
        if (held <= maxBytes) chunks.push(chunk);
        else response.destroy(new RangeError("the answer is too long"));
      });
      response.once("end", () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          body: Buffer.concat(chunks),
        }),
      );
    });
}

/**
 * The answer's body as its contract has it.
 * @throws ControlPlaneFault
 */
export function readAnswer<S extends z.ZodType>(
  response: ControlPlaneResponse,
  schema: S,
): z.infer<S> {
  let json: unknown;
  try {
    json = JSON.parse(response.body.toString("utf8"));
  } catch (cause) {
    throw new ControlPlaneFault("the answer is not JSON", {
      code: "control_plane_unreadable",
      cause,
    });
  }
  const parsed = schema.safeParse(json);
  if (parsed.success) return parsed.data;
  const paths = parsed.error.issues.map((issue) => issue.path.join(".")).slice(0, 5);
  throw new ControlPlaneFault(`the answer breaks its contract at ${paths.join(", ")}`, {
    code: "control_plane_unreadable",
    cause: parsed.error,
  });
}

/** The fault of a status that is not expected. The body may hold anything and is not repeated. */
export function refusedAnswer(what: string, response: ControlPlaneResponse): ControlPlaneFault {
  const { status } = response;
  return new ControlPlaneFault(`${what}: status ${status}`, {
    code: "control_plane_refused",
    status,
  });
}

function isReset(cause: unknown): boolean {
  return (
    cause instanceof Error &&
    "code" in cause &&
    (cause.code === "ECONNRESET" || cause.code === "EPIPE")
  );
}
