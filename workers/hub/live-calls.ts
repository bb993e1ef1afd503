import { DurableObject } from "cloudflare:workers";
import type { LiveCallsMessage } from "../../schema/contracts/live-calls.ts";
import { LIVE_LOOK } from "../../schema/values/live-calls-look.ts";
import type { AppDeps } from "../app-type.ts";
import { createDeps } from "../deps.ts";
import type { Env } from "../env.ts";
import { errorName, log } from "../log.ts";
import type { LiveCallsRpc } from "../objects-rpc.ts";
import { readLiveCalls, readNamedCalls } from "../services/read-calls.ts";

/** What changes within this time is told at once. */
const GATHER_MS = 100;
/** A link ends after this time, and is asked for again: a key that was revoked meanwhile is refused then. */
const LINK_MS = 5 * 60_000;
/** Older links of the workspace end when there are more. */
const MAX_LINKS = 100;

/** Of the registry that RFC 6455 §11.7 opened. */
const CLOSE_SERVICE_RESTART = 1012;
const CLOSE_TRY_AGAIN_LATER = 1013;

/**
 * Tells whoever looks at the live calls of one workspace how they change, named `<residency>/live/<workspace>`.
 * It keeps nothing: what it tells is read from the database, so that what was told twice or late is told as it is.
 */
export class LiveCalls extends DurableObject<Env> implements LiveCallsRpc {
  readonly #deps: AppDeps;
  readonly #workspaceId: string;
  readonly #changed = new Set<string>();
  readonly #asking = new Set<WebSocket>();
  #isGathering = false;

  constructor(context: DurableObjectState, env: Env) {
    super(context, env);
    this.#deps = createDeps(env);
    this.#workspaceId = workspaceOf(context.id.name);
  }

  async callsChanged(callIds: readonly string[]): Promise<void> {
    if (this.ctx.getWebSockets().length === 0) return;
    for (const callId of callIds) this.#changed.add(callId);
    this.#gather();
  }

  override async fetch(request: Request): Promise<Response> {
    if (request.headers.get("upgrade")?.toLowerCase() !== "websocket") {
      return new Response(null, { status: 426, headers: { upgrade: "websocket" } });
    }
    const older = this.ctx.getWebSockets();
    for (const socket of older.slice(0, Math.max(0, older.length + 1 - MAX_LINKS))) {
      end(socket, CLOSE_TRY_AGAIN_LATER);
    }
    const { 0: theirs, 1: ours } = new WebSocketPair();
    this.ctx.acceptWebSocket(ours);
    ours.serializeAttachment(this.#deps.clock() + LINK_MS);
    this.#asking.add(ours);
    this.#gather();
    return new Response(null, { status: 101, webSocket: theirs });
  }

  override async webSocketMessage(socket: WebSocket, text: string | ArrayBuffer): Promise<void> {
    if (text !== LIVE_LOOK) return;
    this.#asking.add(socket);
    this.#gather();
  }

  override async webSocketClose(socket: WebSocket): Promise<void> {
    this.#asking.delete(socket);
    end(socket, 1000);
  }

  /** One at a time, so that what is told last is what was read last. */
  #gather(): void {
    if (this.#isGathering) return;
    this.#isGathering = true;
    this.ctx.waitUntil(this.#tellAll());
  }

  async #tellAll(): Promise<void> {
    try {
      do {
        await new Promise((resolve) => setTimeout(resolve, GATHER_MS));
        this.#endOld();
        await this.#tell();
      } while (this.#changed.size > 0 || this.#asking.size > 0);
    } catch (error) {
      // Without what to tell, the lists are better asked for: that says why.
      log("warn", "live_calls_unread", { workspaceId: this.#workspaceId, error: errorName(error) });
      this.#changed.clear();
      this.#asking.clear();
      for (const socket of this.ctx.getWebSockets()) end(socket, CLOSE_TRY_AGAIN_LATER);
    } finally {
      this.#isGathering = false;
    }
  }

  async #tell(): Promise<void> {
    const asking = [...this.#asking];
    const changed = [...this.#changed];
    this.#asking.clear();
    this.#changed.clear();
    if (asking.length > 0) {
      const snapshot = await readLiveCalls(this.#deps, this.#workspaceId);
      send(asking, { type: "snapshot", ...snapshot });
    }
    if (changed.length > 0) {
      const calls = await readNamedCalls(this.#deps, this.#workspaceId, changed);
      if (calls.length > 0) send(this.ctx.getWebSockets(), { type: "calls", calls });
    }
  }

  #endOld(): void {
    const nowMs = this.#deps.clock();
    for (const socket of this.ctx.getWebSockets()) {
      const untilMs: unknown = socket.deserializeAttachment();
      if (typeof untilMs !== "number" || untilMs <= nowMs) end(socket, CLOSE_SERVICE_RESTART);
    }
  }
}

function send(sockets: readonly WebSocket[], message: LiveCallsMessage): void {
  const text = JSON.stringify(message);
  for (const socket of sockets) {
    try {
      socket.send(text);
    } catch {
      // It has closed under us: its close event follows.
    }
  }
}

function end(socket: WebSocket, code: number): void {
  try {
    socket.close(code);
  } catch {
    // Closed already.
  }
}

function workspaceOf(objectName: string | undefined): string {
  const id = objectName?.split("/live/")[1];
  if (id === undefined) throw new TypeError("LiveCalls is reached by its name only");
  return id;
}
