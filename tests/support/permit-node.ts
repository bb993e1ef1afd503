import type { Permit, PermitQuery } from "../../media-node/call/ports.ts";
import { LINK_TIMINGS, startHubLink } from "../../media-node/control/link.ts";
import { createPermitClient, type PermitClient } from "../../media-node/control/permits.ts";
import { systemClock } from "../../media-node/control/system-clock.ts";
import { newId } from "../../schema/values/ids.ts";
import { Secret } from "../../schema/values/secret.ts";
import { recordedDeps } from "./control-deps.ts";
import { deadline } from "./deadline.ts";
import { enrolFurtherNode } from "./further-node.ts";
import type { Trunkline } from "./processes.ts";

/** The part of a media node that asks for permits, enrolled at a real control plane: no SIP, no media. */
export interface PermitNode extends AsyncDisposable {
  readonly client: PermitClient;
  /** Calls that go on now. */
  readonly live: Permit[];
  /** Resolves when the link is up. */
  link(): Promise<void>;
  /** A call; true when it was taken. */
  call(query: PermitQuery): Promise<boolean>;
  /** Ends one of the calls. */
  end(): Promise<void>;
}

export async function startPermitNode(trunkline: Trunkline): Promise<PermitNode> {
  const baseUrl = trunkline.ready.api;
  const identity = await enrolFurtherNode(trunkline, "192.0.2.1");
  const client = createPermitClient({
    clock: systemClock,
    logger: { info() {}, warn() {}, error() {} },
    metrics: { permitAsked() {}, permitAlone() {}, queueLeft() {} },
    limitsOf: ({ limits }) => limits,
    limitsAt: () => ({ epoch: 0, version: 0 }),
    bootShare: 0.1,
  });
  const live: Permit[] = [];
  let stopLink: (() => Promise<void>) | null = null;
  const never = new AbortController().signal;

  return {
    client,
    live,
    async link() {
      const deps = recordedDeps();
      const link = startHubLink({
        ...deps,
        baseUrl,
        credential: new Secret(identity.credential),
        ca: null,
        bootId: identity.nodeId,
        softwareVersion: "test",
        state: () => ({
          state: "ready",
          epoch: 0,
          routingVersion: 0,
          routingHash: "",
          activeCalls: live.length,
        }),
        onWelcome() {},
        onRoutingChanged() {},
        onPull() {},
        onOrder() {},
        permits: client,
        timings: { ...LINK_TIMINGS, firstRetryMs: 50, maxRetryMs: 200 },
      });
      stopLink = () => link.stop();
      await deadline(deps.logged("link_up"), 10_000, "the link is up");
    },
    async call(query) {
      const permit = await client.acquire(query, newId("call"), never);
      if (permit.kind === "granted") live.push(permit);
      return permit.kind === "granted";
    },
    async end() {
      await live.shift()?.[Symbol.asyncDispose]();
    },
    async [Symbol.asyncDispose]() {
      await stopLink?.();
    },
  };
}

/** A call to an agent that may have `concurrency` calls at a time. */
export function callTo(
  agentId: PermitQuery["agent"]["id"],
  concurrency: number,
  workspaceId = newId("workspace"),
): PermitQuery {
  return {
    workspaceId,
    workspaceConcurrency: null,
    ringingMs: 0,
    agent: { id: agentId, limits: { concurrency, daily: null }, maxDurationSecs: 600 },
    trunk: { id: "itrk_test", callsPerSecond: null },
    queue: null,
  };
}
