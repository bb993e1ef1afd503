import { createHash, generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import { EventEmitter } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { gzipSync } from "node:zlib";
import { type WebSocket, WebSocketServer } from "ws";
import type { CallActionToHub } from "../../schema/contracts/call-control.ts";
import type { NodeEvent } from "../../schema/contracts/call-record.ts";
import { callEventsRequestSchema } from "../../schema/contracts/call-record.ts";
import {
  enrolRequestSchema,
  type HubToNode,
  LINK_PING,
  LINK_PONG,
  type NodeIdentity,
  type NodeState,
  nodeToHubSchema,
} from "../../schema/contracts/node-link.ts";
import type { OrderToHub } from "../../schema/contracts/orders.ts";
import type { PermitNodeMessage } from "../../schema/contracts/permits.ts";
import type { RouteTestToHub } from "../../schema/contracts/route-test.ts";
import type { RoutingChange } from "../../schema/contracts/routing.ts";
import type { TrunkTestToHub } from "../../schema/contracts/trunk-test.ts";
import { generateNodeKeyPair, wrapForNode } from "../../schema/sealing/sealing.ts";
import { newId } from "../../schema/values/ids.ts";

/** The node's side of the control plane, on a loopback port: real HTTP and WebSocket, no database. */

export const REGION = "test-1";
const CREDENTIAL = "credential-of-the-test-node";
const PAGE_ROWS = 500;

type Events = {
  request: [string];
  linked: [];
  state: [NodeState];
  events: [readonly NodeEvent[]];
  permits: [WebSocket, PermitNodeMessage];
  /** The audio of a test call, and what the node shows for it. */
  testCallAudio: [WebSocket, string | undefined];
};

export class FakeControlPlane extends EventEmitter<Events> {
  epoch = 1;
  version = 0;
  /** Changes up to this version are pruned: `since` below it is 410. */
  prunedTo = 0;
  expectedRemovals = 0;
  /** What each snapshot says of itself wrongly. */
  snapshotFault: "none" | "forged_signature" | "other_bytes" | "other_region" | "short" = "none";
  /** Status of `POST /v1/nodes/events`, or null to take them. */
  eventsStatus: number | null = null;
  /** By call: the parts of its recording. */
  readonly recordingParts = new Map<string, Buffer[]>();
  /** Status of every part, or null to take them. */
  recordingsStatus: number | null = null;
  readonly rejectEvents = new Set<string>();
  answerPings = true;
  pings = 0;
  sayBye: string | null = null;
  /** By event id: how often each was taken. */
  readonly delivered = new Map<string, number>();
  readonly requests: string[] = [];
  readonly states: NodeState[] = [];
  readonly orderMessages: OrderToHub[] = [];
  readonly actionAnswers: CallActionToHub[] = [];
  readonly routeAnswers: RouteTestToHub[] = [];
  readonly trunkTestAnswers: TrunkTestToHub[] = [];
  readonly links = new Set<WebSocket>();
  regionKeys: { keyId: string; bytes: Uint8Array }[] = [];
  readonly #rows = new Map<string, RoutingChange>();
  readonly #log: RoutingChange[] = [];
  readonly #signing: { publicKey: KeyObject; privateKey: KeyObject };
  #server: Server | null = null;
  #port = 0;
  #nodePublicKey = "";
  #snapshot: { version: number; rows: RoutingChange[] } | null = null;

  constructor() {
    super();
    this.#signing = generateKeyPairSync("ed25519");
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  get snapshotPublicKey(): string {
    return String(this.#signing.publicKey.export({ format: "jwk" }).x);
  }

  /** An enrolled node's identity, made without asking. */
  async identity(): Promise<NodeIdentity> {
    const pair = await generateNodeKeyPair();
    this.#nodePublicKey = pair.publicKey;
    return {
      nodeId: newId("node"),
      region: REGION,
      credential: CREDENTIAL,
      privateKey: pair.privateKey,
      snapshotPublicKey: this.snapshotPublicKey,
    };
  }

  /** Listens; after `stop` on the same port as before. */
  async start(): Promise<this> {
    const server = createServer((request, response) => {
      this.#answer(request, response).catch((error: unknown) => {
        response.writeHead(500).end(String(error));
      });
    });
    const sockets = new WebSocketServer({ noServer: true });
    server.on("upgrade", (request, socket, head) => {
      socket.on("error", () => socket.destroy());
      if (request.url?.startsWith("/v1/nodes/test-calls/") === true) {
        sockets.handleUpgrade(request, socket, head, (audio) =>
          this.emit("testCallAudio", audio, request.headers.authorization),
        );
        return;
      }
      if (request.headers.authorization !== `Bearer ${CREDENTIAL}`) return socket.destroy();
      sockets.handleUpgrade(request, socket, head, (link) => this.#serveLink(link));
    });
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(this.#port, "127.0.0.1", resolve);
    });
    this.#port = (server.address() as AddressInfo).port;
    this.#server = server;
    return this;
  }

  async stop(): Promise<void> {
    for (const link of this.links) link.terminate();
    const server = this.#server;
    this.#server = null;
    if (server === null) return;
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    server.closeAllConnections();
    await closed;
  }

  /** Appends a change; `hint` tells linked nodes. Null removes the row. */
  put(kind: string, entityId: string, value: unknown, options = { hint: false }): number {
    this.version += 1;
    const change: RoutingChange = { version: this.version, kind, entityId, value };
    this.#log.push(change);
    if (value === null) this.#rows.delete(`${kind}/${entityId}`);
    else this.#rows.set(`${kind}/${entityId}`, change);
    if (options.hint) this.hint([change]);
    return this.version;
  }

  hint(changes: RoutingChange[]): void {
    this.say({
      type: "routing_changed",
      epoch: this.epoch,
      previousVersion: (changes[0]?.version ?? 1) - 1,
      changes,
    });
  }

  say(message: HubToNode): void {
    for (const link of this.links) link.send(JSON.stringify(message));
  }

  /** Freezes the snapshot at the present state, as a real one is older than the head. */
  takeSnapshot(): void {
    this.#snapshot = { version: this.version, rows: [...this.#rows.values()] };
  }

  /** A database that lost its rows, under the next epoch. */
  wipe(): void {
    this.epoch += 1;
    this.#rows.clear();
    this.#log.length = 0;
    this.#snapshot = null;
    this.prunedTo = this.version;
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? "/", this.url);
    const what = `${request.method} ${url.pathname}`;
    this.requests.push(`${what}${url.search}`);
    this.emit("request", what);
    const json = (status: number, value: unknown) =>
      response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(value));
    if (what === "POST /v1/nodes/enrol") {
      const body = enrolRequestSchema.parse(await readJson(request));
      if (body.joinToken !== "join-once") return void json(401, {});
      this.#nodePublicKey = body.publicKey;
      return void json(200, {
        nodeId: newId("node"),
        region: REGION,
        credential: CREDENTIAL,
        snapshotPublicKey: this.snapshotPublicKey,
      });
    }
    if (request.headers.authorization !== `Bearer ${CREDENTIAL}`) return void json(401, {});
    const part = /^PUT \/v1\/nodes\/recordings\/(call_\w+)\/parts\/(\d+)$/.exec(what);
    if (part !== null) {
      const bytes = await readBytes(request);
      const parts = this.recordingParts.get(part[1] ?? "") ?? [];
      if (this.recordingsStatus === null) parts[Number(part[2])] = bytes;
      this.recordingParts.set(part[1] ?? "", parts);
      return void response.writeHead(this.recordingsStatus ?? 204).end();
    }
    switch (what) {
      case "GET /v1/nodes/region-keys":
        return void json(200, { keys: await this.#wrappedKeys() });
      case "GET /v1/nodes/routing":
        return void this.#answerRouting(url, json);
      case "GET /v1/nodes/routing/snapshot":
        return this.#answerSnapshot(response);
      case "POST /v1/nodes/events":
        return void this.#takeEvents(await readJson(request), json);
      default:
        return void json(404, {});
    }
  }

  #wrappedKeys() {
    return Promise.all(
      this.regionKeys.map(async ({ keyId, bytes }) => ({
        keyId,
        wrapped: await wrapForNode(keyId, bytes, this.#nodePublicKey),
      })),
    );
  }

  #answerRouting(url: URL, json: (status: number, value: unknown) => unknown): void {
    const epoch = Number(url.searchParams.get("epoch"));
    const since = Number(url.searchParams.get("since"));
    const { version } = this;
    if (epoch !== this.epoch || since < this.prunedTo || since > version) {
      json(410, { epoch: this.epoch, version, snapshotUrl: "/v1/nodes/routing/snapshot" });
      return;
    }
    const after = this.#log.filter((change) => change.version > since);
    const changes = after.slice(0, PAGE_ROWS);
    const more = after.length > changes.length;
    json(200, {
      epoch,
      since,
      version: more ? changes.at(-1)?.version : version,
      more,
      changes,
    });
  }

  #answerSnapshot(response: ServerResponse): void {
    const { version, rows } = this.#snapshot ?? {
      version: this.version,
      rows: [...this.#rows.values()],
    };
    const fault = this.snapshotFault;
    const head = {
      format: "trunkline-routing-1",
      region: fault === "other_region" ? "other-1" : REGION,
      epoch: this.epoch,
      version,
      rows: rows.length + (fault === "short" ? 1 : 0),
      expectedRemovals: this.expectedRemovals,
    };
    const bytes = gzipSync([head, ...rows].map((line) => JSON.stringify(line)).join("\n"));
    const sha256 = createHash("sha256").update(bytes).digest("hex");
    const signer =
      fault === "forged_signature"
        ? generateKeyPairSync("ed25519").privateKey
        : this.#signing.privateKey;
    const signature = sign(null, Buffer.from(`${this.epoch}.${version}.${sha256}`), signer);
    response.writeHead(200, {
      "content-type": "application/gzip",
      "x-trunkline-sha256": sha256,
      "x-trunkline-signature": signature.toString("base64url"),
    });
    response.end(fault === "other_bytes" ? Buffer.concat([bytes, Buffer.from([0])]) : bytes);
  }

  #takeEvents(body: unknown, json: (status: number, value: unknown) => unknown): void {
    if (this.eventsStatus !== null) {
      json(this.eventsStatus, {});
      return;
    }
    const { events } = callEventsRequestSchema.parse(body);
    const accepted: string[] = [];
    const rejected: { eventId: string; code: string; detail: string }[] = [];
    for (const { eventId } of events) {
      if (this.rejectEvents.has(eventId)) {
        rejected.push({ eventId, code: "unknown_call", detail: "test" });
      } else {
        accepted.push(eventId);
        this.delivered.set(eventId, (this.delivered.get(eventId) ?? 0) + 1);
      }
    }
    json(200, { accepted, rejected });
    this.emit("events", events);
  }

  #serveLink(link: WebSocket): void {
    this.links.add(link);
    link.on("error", () => link.terminate());
    link.on("close", () => this.links.delete(link));
    link.on("message", (data) => {
      const text = String(data);
      if (text === LINK_PING) {
        this.pings += 1;
        if (this.answerPings) link.send(LINK_PONG);
        return;
      }
      const message = nodeToHubSchema.parse(JSON.parse(text));
      if (message.type !== "hello" && message.type !== "state") {
        if (message.type === "route_test_result") this.routeAnswers.push(message);
        else if (message.type === "call_action_result") this.actionAnswers.push(message);
        else if (message.type === "trunk_test_stage" || message.type === "trunk_test_end") {
          this.trunkTestAnswers.push(message);
        } else if ("orderId" in message) this.orderMessages.push(message);
        else if (message.type !== "webhook_posted" && message.type !== "test_call_end")
          this.emit("permits", link, message);
        return;
      }
      this.states.push(message.state);
      if (message.type === "hello") {
        const answer: HubToNode =
          this.sayBye === null
            ? { type: "welcome", version: 1, epoch: this.epoch }
            : { type: "bye", code: this.sayBye };
        link.send(JSON.stringify(answer));
        this.emit("linked");
      }
      this.emit("state", message.state);
    });
  }
}

async function readJson(request: IncomingMessage): Promise<unknown> {
  return JSON.parse((await readBytes(request)).toString("utf8"));
}

async function readBytes(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks);
}
