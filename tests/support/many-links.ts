import { LINK_TIMINGS, startHubLink } from "../../media-node/control/link.ts";
import { Secret } from "../../schema/values/secret.ts";
import { recordedDeps } from "./control-deps.ts";
import { enrolFurtherNode } from "./further-node.ts";
import type { Trunkline } from "./processes.ts";
import { startTcpRelay } from "./tcp-relay.ts";

const ENROLLED_AT_ONCE = 20;

/** Links of many nodes, each as a media node keeps its own, without the nodes behind them. */
export interface ManyLinks extends AsyncDisposable {
  readonly areUp: boolean;
  /** How often a node was welcome, in all. */
  readonly welcomes: number;
  /** `performance.now()` of each connection that a node tried, oldest first. */
  readonly triedAtMs: readonly number[];
  /** `performance.now()` of each node's newest welcome. */
  upAtMs(): readonly number[];
}

/** Enrols `count` nodes and links them; they reach the control plane by a relay, which counts what they try. */
export async function linkManyNodes(trunkline: Trunkline, count: number): Promise<ManyLinks> {
  await using made = new AsyncDisposableStack();
  const identities = [];
  for (let at = 0; at < count; at += ENROLLED_AT_ONCE) {
    const some = Array.from({ length: Math.min(ENROLLED_AT_ONCE, count - at) }, (_, index) =>
      enrolFurtherNode(trunkline, `192.0.2.${(at + index) % 250}`),
    );
    identities.push(...(await Promise.all(some)));
  }
  const triedAtMs: number[] = [];
  const controlPlanePort = Number(new URL(trunkline.ready.api).port);
  const relay = made.use(
    await startTcpRelay(() => {
      triedAtMs.push(performance.now());
      return controlPlanePort;
    }),
  );
  const upAtMs = new Map<string, number>();
  let welcomes = 0;
  const nodeState = {
    ...{ state: "ready" as const, epoch: 0, routingVersion: 0, routingHash: "", activeCalls: 0 },
  };
  const links = identities.map(({ nodeId, credential }) => {
    const link = startHubLink({
      ...recordedDeps({ random: Math.random }),
      baseUrl: `http://127.0.0.1:${relay.port}`,
      credential: new Secret(credential),
      ca: null,
      bootId: nodeId,
      softwareVersion: "test",
      state: () => nodeState,
      onWelcome() {
        welcomes += 1;
        upAtMs.set(nodeId, performance.now());
      },
      onRoutingChanged() {},
      onPull() {},
      onOrder() {},
      timings: LINK_TIMINGS,
    });
    return link;
  });
  made.defer(async () => void (await Promise.all(links.map((link) => link.stop()))));
  const owned = made.move();
  return {
    get areUp() {
      return links.every(({ isUp }) => isUp);
    },
    get welcomes() {
      return welcomes;
    },
    triedAtMs,
    upAtMs: () => [...upAtMs.values()],
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}
