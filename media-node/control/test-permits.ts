import type { CallLimits, PermitNodeMessage } from "../../schema/contracts/permits.ts";
import { newId } from "../../schema/values/ids.ts";
import { FakeNode } from "../../tests/support/fake-call.ts";
import type { PermitQuery } from "../call/ports.ts";
import { createPermitClient, type PermitClient } from "./permits.ts";

/** The permit client of a node in virtual time, and what it says to its hub. */

const never: AbortSignal = new AbortController().signal;
export const LEASE_MS = 45_000;

export function query(
  changes: Partial<PermitQuery> & { concurrency?: number | null; daily?: number | null },
) {
  const { concurrency = null, daily = null, ...rest } = changes;
  return {
    workspaceId: newId("workspace"),
    workspaceConcurrency: null,
    ringingMs: 0,
    agent: { id: newId("agent"), limits: { concurrency, daily }, maxDurationSecs: 600 },
    trunk: { id: "itrk_1", callsPerSecond: null },
    queue: null,
    ...rest,
  } satisfies PermitQuery;
}

/** A client and what it says to a hub that answers when the test says so. */
export class Node {
  readonly clock: FakeNode["clock"] = new FakeNode().clock;
  readonly said: PermitNodeMessage[] = [];
  readonly counted: string[] = [];
  beats = 0;
  limitsNow: CallLimits | null = null;
  readonly client: PermitClient;

  constructor(bootShare = 0.1) {
    this.client = createPermitClient({
      clock: this.clock,
      logger: { info() {}, warn() {}, error() {} },
      metrics: {
        permitAsked: (result) => this.counted.push(result),
        permitAlone: (result) => this.counted.push(`alone ${result}`),
        queueLeft: (result, waitMs) => this.counted.push(`queue ${result} ${waitMs}`),
      },
      limitsOf: ({ limits }) => this.limitsNow ?? limits,
      limitsAt: () => ({ epoch: 1, version: 1 }),
      bootShare,
    });
  }

  link(): void {
    this.client.linked({
      send: (message) => this.said.push(message),
      beat: () => {
        this.beats += 1;
      },
    });
  }

  lease(sentAtMs = this.clock.monotonicMs()): void {
    this.client.receive({ type: "permit_lease", sentAtMs, leaseMs: LEASE_MS });
  }

  acquire(asked: PermitQuery, callId = newId("call"), signal: AbortSignal = never) {
    return this.client.acquire(asked, callId, signal);
  }

  grant(callId: ReturnType<typeof newId<"call">>, fence = 1): void {
    this.client.receive({ type: "permit_granted", requestId: "1", callId, fence, notAfterMs: 0 });
  }

  /** A call whose permit the hub has given. */
  async granted(asked: PermitQuery) {
    const callId = newId("call");
    const answer = this.acquire(asked, callId);
    this.grant(callId);
    const permit = await answer;
    if (permit.kind !== "granted") throw new Error(permit.kind);
    return { callId, permit };
  }

  types(): string[] {
    return this.said.map(({ type }) => type);
  }
}
