import { randomBytes } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { OutboundOrder } from "../../media-node/call/outbound/outbound-facts.ts";
import type { CallRecord } from "../../schema/contracts/call-record.ts";
import type { OrderToHub } from "../../schema/contracts/orders.ts";
import type { OutboundTrunkRoute } from "../../schema/contracts/routing.ts";
import { importSealingKey, seal } from "../../schema/sealing/sealing.ts";
import { newId, parseId } from "../../schema/values/ids.ts";
import { issueCertificate, makeTestCa, type TestCa } from "./certificates.ts";
import { eventually } from "./deadline.ts";
import { FakeControlPlane } from "./fake-control-plane.ts";
import { TRUNK } from "./fake-outbound.ts";
import { agentRow, newWorkspaceId, numberRow } from "./routing-rows.ts";

/** A control plane that orders calls, and what a node needs to serve it. */

const PATIENCE_MS = 10_000;
const KEY_ID = "rk1";

export interface TrunkChanges extends Partial<Omit<OutboundTrunkRoute, "credentials">> {
  readonly credentials?: { readonly username: string; readonly password: string };
}

export class OutboundPlane implements AsyncDisposable {
  readonly plane: FakeControlPlane;
  readonly ca: TestCa;
  readonly directory: string;
  readonly caFile: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly workspaceId = newWorkspaceId();
  /** Of every call that has ended, by its id. */
  readonly #records = new Map<string, CallRecord>();
  readonly #regionKey: Uint8Array;

  private constructor(parts: {
    plane: FakeControlPlane;
    ca: TestCa;
    directory: string;
    environment: Record<string, string>;
    regionKey: Uint8Array;
  }) {
    this.plane = parts.plane;
    this.ca = parts.ca;
    this.directory = parts.directory;
    this.caFile = join(parts.directory, "ca.crt");
    this.environment = parts.environment;
    this.#regionKey = parts.regionKey;
    this.plane.on("events", (events) => {
      for (const event of events) {
        if (event.kind === "call_ended") this.#records.set(event.call.callId, event.call);
      }
    });
  }

  static async start(): Promise<OutboundPlane> {
    const directory = await mkdtemp(join(tmpdir(), "trunkline-outbound-"));
    const plane = await new FakeControlPlane().start();
    const regionKey = randomBytes(32);
    plane.regionKeys = [{ keyId: KEY_ID, bytes: regionKey }];
    const ca = await makeTestCa();
    const issued = await issueCertificate(ca, { dnsNames: ["localhost"] });
    const files = { certificate: join(directory, "tls.crt"), key: join(directory, "tls.key") };
    await writeFile(files.certificate, issued.certificatePem);
    await writeFile(files.key, issued.keyPem);
    await writeFile(join(directory, "ca.crt"), ca.certificatePem);
    const environment = {
      TRUNKLINE_CONTROL_PLANE_URL: plane.url,
      TRUNKLINE_NODE_IDENTITY: JSON.stringify(await plane.identity()),
      TRUNKLINE_STATE_DIR: join(directory, "state"),
      TRUNKLINE_BIND_ADDRESS: "127.0.0.1",
      TRUNKLINE_SIP_PORT: "0",
      TRUNKLINE_SIPS_PORT: "0",
      TRUNKLINE_TLS_CERT_FILE: files.certificate,
      TRUNKLINE_TLS_KEY_FILE: files.key,
      TRUNKLINE_RTP_PORTS: "0-0",
      TRUNKLINE_MEDIA_PROCESSES: "0",
      TRUNKLINE_ADMIN_PORT: "0",
      TRUNKLINE_SIP_DOMAIN: "sip.example.net",
      TRUNKLINE_SIP_ADDRESSES: "any",
      TRUNKLINE_AGENT_ADDRESSES: "loopback",
      TRUNKLINE_ROUTING_POLL_MS: "200",
      TRUNKLINE_LOG_LEVEL: "silent",
    };
    return new OutboundPlane({ plane, ca, directory, environment, regionKey });
  }

  /** A number that calls over a trunk with these settings, and the order of a call from it. */
  async number(
    trunk: TrunkChanges,
    agentUrl: string | null = null,
    agentSettings: Parameters<typeof agentRow>[1] = {},
  ): Promise<(changes?: Partial<OutboundOrder>) => OutboundOrder> {
    const trunkId = newId("outboundTrunk");
    const { credentials, ...settings } = trunk;
    const agent = agentRow(
      this.workspaceId,
      agentUrl === null
        ? agentSettings
        : {
            ...agentSettings,
            connection: { protocol: "native", url: agentUrl, headers: null } as never,
          },
    );
    const number = numberRow(
      "+15005550100",
      { workspaceId: this.workspaceId, trunk: null, agent },
      { outboundTrunkId: trunkId, supportsOutbound: true },
    );
    this.plane.put(agent.kind, agent.entityId, agent.value);
    this.plane.put("outbound_trunk", trunkId, {
      ...TRUNK,
      transport: "tcp",
      ...settings,
      id: trunkId,
      workspaceId: this.workspaceId,
      credentials: credentials === undefined ? null : await this.#sealed(trunkId, credentials),
    });
    this.plane.put(number.kind, number.entityId, number.value);
    const phoneNumberId = parseId("phoneNumber", number.entityId);
    const agentId = parseId("agent", agent.entityId);
    const workspaceId = parseId("workspace", this.workspaceId);
    if (phoneNumberId === null || agentId === null || workspaceId === null) throw new Error("ids");
    return (changes = {}) => ({
      orderId: newId("order"),
      fence: 1,
      callId: newId("call"),
      workspaceId,
      phoneNumberId,
      agentId,
      toNumber: "+15005550123",
      dialBeforeMs: Date.now() + 10_000,
      ringingTimeoutSecs: 30,
      clientData: {
        dynamicVariables: { customer: "42" },
        conversationConfigOverride: {},
        customLlmExtraBody: {},
        userId: null,
        branchId: null,
        environment: null,
      },
      ...changes,
    });
  }

  /** The node has every row. */
  applied(): Promise<true> {
    const { plane } = this;
    return eventually(
      () => ((plane.states.at(-1)?.routingVersion ?? 0) >= plane.version ? true : null),
      PATIENCE_MS,
      "the node does not have the rows",
    );
  }

  /** Gives the order to the node that is linked, once it has the rows. */
  async give(order: OutboundOrder): Promise<OutboundOrder> {
    await this.applied();
    this.plane.say({ type: "order", order });
    return order;
  }

  /** The message of this kind about the order; progress by its state. */
  told(order: OutboundOrder, what: string): Promise<OrderToHub> {
    return eventually(
      () =>
        this.plane.orderMessages.find(
          (message) =>
            message.orderId === order.orderId &&
            (message.type === what ||
              (message.type === "order_progress" && message.state === what)),
        ) ?? null,
      PATIENCE_MS,
      `the hub was not told "${what}": ${JSON.stringify(this.plane.orderMessages)}`,
    );
  }

  record(order: OutboundOrder): Promise<CallRecord> {
    return eventually(
      () => this.#records.get(order.callId) ?? null,
      PATIENCE_MS,
      "no record of the call",
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.plane.stop();
    await rm(this.directory, { recursive: true, force: true });
  }

  async #sealed(trunkId: string, credentials: { username: string; password: string }) {
    const key = await importSealingKey(KEY_ID, this.#regionKey);
    const owner = `${this.workspaceId}/${trunkId}/password`;
    const password = await seal(key, credentials.password, owner);
    return { username: credentials.username, password };
  }
}
