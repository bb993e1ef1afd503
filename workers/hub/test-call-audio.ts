import { DurableObject } from "cloudflare:workers";
import { z } from "zod";
import type { AgentToNode } from "../../schema/contracts/agent-socket.ts";
import { AGENT_SUBPROTOCOL, nodeToAgentSchema } from "../../schema/contracts/agent-socket.ts";
import {
  TEST_CALL_JOIN_MS,
  TEST_CALL_MAX_SECS,
  type TestCallMessage,
  testCallCommandSchema,
} from "../../schema/contracts/test-calls.ts";
import { TEST_CALL_FRAME_MS, TEST_CALL_RATE_HZ } from "../../schema/values/test-call-audio.ts";
import { digestsEqual, sha256Hex } from "../auth/api-key.ts";
import type { Env } from "../env.ts";
import type { TestCallAudioRpc } from "../objects-rpc.ts";
import { AudioPace, InFlight } from "./audio-pace.ts";

/** Of the upgrade request that the Worker hands over. */
export const TEST_CALL_SIDE_HEADER = "x-trunkline-side";
export const TEST_CALL_TICKET_HEADER = "x-trunkline-ticket";

const BYTES_PER_SECOND = TEST_CALL_RATE_HZ * 2;
/** What came late and all at once is heard no later than this. */
const BURST_MS = 200;
const MAX_IN_FLIGHT = 1_000 / TEST_CALL_FRAME_MS;
/** Nobody speaks more at once. */
const MAX_AUDIO_BYTES = BYTES_PER_SECOND / 5;
/** The node ends its calls by itself before. */
const LIMIT_MS = (TEST_CALL_MAX_SECS + 15) * 1_000;
const NORMAL = 1000;
const KEY = "call";

type Side = "browser" | "node";

const keptSchema = z.object({
  workspaceId: z.string(),
  ticketSha256: z.string(),
  openedAtMs: z.number(),
  /** Who has come: each may once. */
  joined: z.array(z.enum(["browser", "node"])),
  isReady: z.boolean(),
});
type Kept = z.infer<typeof keptSchema>;

/**
 * Where the audio of one test call passes, named `<residency>/test-call/<id>`: from the browser to the node's agent
 * connection and back, as it comes. Nothing of it is kept: what cannot be passed on in time is dropped.
 */
export class TestCallAudio extends DurableObject<Env> implements TestCallAudioRpc {
  readonly #toNode = new AudioPace({ bytesPerSecond: BYTES_PER_SECOND, burstMs: BURST_MS });
  readonly #toBrowser = new InFlight(MAX_IN_FLIGHT);

  async open(workspaceId: string, ticketSha256: string): Promise<void> {
    const openedAtMs = Date.now();
    this.#keep({ workspaceId, ticketSha256, openedAtMs, joined: [], isReady: false });
    await this.ctx.storage.setAlarm(openedAtMs + TEST_CALL_JOIN_MS);
  }

  async ended(reason: string): Promise<void> {
    this.#end(reason);
  }

  /** 404: there is no such call, any more or for who asks; 409: somebody has come already; 426: no WebSocket is asked for. */
  override async fetch(request: Request): Promise<Response> {
    const side: Side = request.headers.get(TEST_CALL_SIDE_HEADER) === "node" ? "node" : "browser";
    const shown = request.headers.get(TEST_CALL_TICKET_HEADER) ?? "";
    const digest = side === "node" ? await sha256Hex(shown) : "";
    const call = this.#call();
    if (call === null || Date.now() > call.openedAtMs + TEST_CALL_JOIN_MS) return refused(404);
    const isTheirs =
      side === "node" ? digestsEqual(digest, call.ticketSha256) : shown === call.workspaceId;
    if (!isTheirs) return refused(404);
    if (call.joined.includes(side)) return refused(409);
    if (request.headers.get("upgrade")?.toLowerCase() !== "websocket") return refused(426);
    this.#keep({ ...call, joined: [...call.joined, side] });
    const { 0: theirs, 1: ours } = new WebSocketPair();
    this.ctx.acceptWebSocket(ours, [side]);
    this.#begin();
    return new Response(null, {
      status: 101,
      webSocket: theirs,
      ...(side === "node" ? { headers: { "sec-websocket-protocol": AGENT_SUBPROTOCOL } } : {}),
    });
  }

  override async webSocketMessage(socket: WebSocket, message: string | ArrayBuffer): Promise<void> {
    if (this.#call() === null) return;
    const isNode = this.#isNode(socket);
    if (typeof message === "string") {
      if (isNode) this.#heardOfNode(message);
      else this.#heardOfBrowser(message);
      return;
    }
    if (isNode) {
      if (this.#toBrowser.admits()) this.#send("browser", message);
      return;
    }
    const bytes = message.byteLength;
    if (bytes === 0 || bytes % 2 !== 0 || bytes > MAX_AUDIO_BYTES) return;
    if (this.#call()?.isReady === true && this.#toNode.admits(bytes, Date.now())) {
      this.#send("node", message);
    }
  }

  override async webSocketClose(socket: WebSocket): Promise<void> {
    this.#gone(socket);
  }

  override async webSocketError(socket: WebSocket): Promise<void> {
    this.#gone(socket);
  }

  override async alarm(): Promise<void> {
    const call = this.#call();
    if (call === null) return;
    if (!call.isReady) this.#end("not_joined");
    else if (Date.now() >= call.openedAtMs + LIMIT_MS) this.#end("time_over");
    else await this.ctx.storage.setAlarm(call.openedAtMs + LIMIT_MS);
  }

  /** The node calls when somebody is there to hear it. */
  #begin(): void {
    const call = this.#call();
    if (call === null || call.isReady || call.joined.length < 2) return;
    this.#keep({ ...call, isReady: true });
    this.#say({ type: "ready", sample_rate_hz: TEST_CALL_RATE_HZ, early_audio: true });
    this.#tell({ type: "connecting" });
  }

  #heardOfNode(text: string): void {
    const parsed = nodeToAgentSchema.safeParse(jsonOf(text));
    if (!parsed.success) return;
    const { data } = parsed;
    switch (data.type) {
      case "ringing":
      case "answered":
      case "held":
      case "resumed":
        this.#tell({ type: data.type });
        return;
      case "digits_sent":
        this.#tell({ type: "digits_sent", digits: data.digits, outcome: data.outcome });
        return;
      case "end":
        this.#end(data.reason);
        return;
      default:
      // What else agents are told is nothing to somebody who listens.
    }
  }

  #heardOfBrowser(text: string): void {
    const parsed = testCallCommandSchema.safeParse(jsonOf(text));
    if (!parsed.success) return;
    const { data } = parsed;
    switch (data.type) {
      case "heard":
        this.#toBrowser.heard(data.messages);
        return;
      case "dtmf":
        this.#say({ type: "send_digits", digits: data.digits, in_band: false });
        return;
      case "hangup":
        this.#say({ type: "hangup" });
        return;
      default:
        data satisfies never;
    }
  }

  #isNode(socket: WebSocket): boolean {
    return this.ctx.getTags(socket).includes("node");
  }

  #gone(socket: WebSocket): void {
    // Both have been closed, and have no name any more.
    if (this.#call() === null) return;
    const isNode = this.#isNode(socket);
    close(socket);
    if (!isNode) this.#say({ type: "hangup" });
    this.#end(isNode ? "node_lost" : "browser_gone");
  }

  #end(reason: string): void {
    if (this.#call() === null) return;
    this.#tell({ type: "ended", reason });
    this.ctx.storage.kv.delete(KEY);
    // Nothing of the call is left, its alarm included.
    this.ctx.waitUntil(this.#forget());
    // To the node a normal close is a hang-up.
    for (const socket of this.ctx.getWebSockets()) close(socket);
  }

  async #forget(): Promise<void> {
    await this.ctx.storage.deleteAlarm();
    await this.ctx.storage.deleteAll();
  }

  #tell(message: TestCallMessage): void {
    this.#send("browser", JSON.stringify(message));
  }

  #say(message: AgentToNode): void {
    this.#send("node", JSON.stringify(message));
  }

  #send(side: Side, message: string | ArrayBuffer): void {
    for (const socket of this.ctx.getWebSockets(side)) {
      try {
        socket.send(message);
      } catch {
        // It has closed under us: its close event follows.
      }
    }
  }

  #call(): Kept | null {
    return keptSchema.safeParse(this.ctx.storage.kv.get(KEY)).data ?? null;
  }

  #keep(call: Kept): void {
    this.ctx.storage.kv.put(KEY, call);
  }
}

function refused(status: 404 | 409 | 426): Response {
  return new Response(null, { status });
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function close(socket: WebSocket): void {
  try {
    socket.close(NORMAL);
  } catch {
    // Closed already.
  }
}
