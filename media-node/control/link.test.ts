import { afterEach, beforeEach, expect, it } from "vitest";
import type { NodeState } from "../../schema/contracts/node-link.ts";
import type { OrderToNode } from "../../schema/contracts/orders.ts";
import { newId } from "../../schema/values/ids.ts";
import { Secret } from "../../schema/values/secret.ts";
import { recordedDeps } from "../../tests/support/control-deps.ts";
import { deadline, eventually } from "../../tests/support/deadline.ts";
import { FakeControlPlane } from "../../tests/support/fake-control-plane.ts";
import { mostWithin } from "../../tests/support/most-within.ts";
import { seeded } from "../../tests/support/seeded.ts";
import { backoffMs } from "./alarm.ts";
import { type HubLink, LINK_TIMINGS, startHubLink } from "./link.ts";
import type { RoutingHint } from "./routing-sync.ts";

const PATIENCE_MS = 5_000;
const FAST = { ...LINK_TIMINGS, pingMs: 20, silentMs: 100, firstRetryMs: 10, maxRetryMs: 50 };
const STATE: NodeState = {
  state: "ready",
  epoch: 1,
  routingVersion: 7,
  routingHash: "00",
  activeCalls: 0,
};

let plane: FakeControlPlane;
let credential: Secret;
let links: HubLink[] = [];

beforeEach(async () => {
  plane = await new FakeControlPlane().start();
  credential = new Secret((await plane.identity()).credential);
});

afterEach(async () => {
  for (const link of links) await link.stop();
  links = [];
  await plane.stop();
});

function start(options: Partial<Parameters<typeof startHubLink>[0]> = {}) {
  const deps = recordedDeps();
  const said = { welcomes: 0, hints: [] as RoutingHint[], pulls: 0, orders: [] as OrderToNode[] };
  const link = startHubLink({
    ...deps,
    baseUrl: plane.url,
    credential,
    ca: null,
    bootId: "boot-1",
    softwareVersion: "0.1.0",
    state: () => STATE,
    onWelcome: () => {
      said.welcomes += 1;
    },
    onRoutingChanged: (hint) => said.hints.push(hint),
    onPull: () => {
      said.pulls += 1;
    },
    onOrder: (message) => said.orders.push(message),
    timings: FAST,
    ...options,
  });
  links.push(link);
  return { link, deps, said };
}

const linked = () =>
  deadline(new Promise<void>((resolve) => plane.once("linked", resolve)), PATIENCE_MS, "a link");

it("says hello with its state and is up when it is welcome", async () => {
  const { link, deps } = start();
  await deadline(deps.logged("link_up"), PATIENCE_MS, "the link is up");
  expect(link.isUp).toBe(true);
  expect(plane.states[0]).toEqual(STATE);
});

it("passes on hints and pulls, and ignores what it does not know", async () => {
  const { deps, said } = start();
  await deadline(deps.logged("link_up"), PATIENCE_MS, "the link is up");
  for (const socket of plane.links) {
    socket.send("{");
    socket.send(JSON.stringify({ type: "from_the_future" }));
  }
  plane.put("opaque", "row", { a: 1 }, { hint: true });
  plane.say({ type: "pull" });
  await eventually(() => (said.pulls === 1 ? true : null), PATIENCE_MS, "the pull arrives");
  expect(said.hints).toMatchObject([{ previousVersion: 0, changes: [{ entityId: "row" }] }]);
  expect(deps.lines.filter((line) => line.event === "link_message_ignored")).toHaveLength(2);
});

it("tells a changed state at once", async () => {
  const { link, deps } = start();
  await deadline(deps.logged("link_up"), PATIENCE_MS, "the link is up");
  const told = new Promise<NodeState>((resolve) => plane.once("state", resolve));
  link.stateChanged();
  link.stateChanged();
  expect(await deadline(told, PATIENCE_MS, "the state")).toEqual(STATE);
});

it("tells what changed between its hello and the welcome right after it, not with the next beat", async () => {
  let state = STATE;
  const { link } = start({ state: () => state });
  // The welcome is on its way and has not been read.
  plane.once("linked", () => {
    expect(link.isUp).toBe(false);
    state = { ...STATE, routingVersion: 8 };
    link.stateChanged();
  });
  await eventually(
    () => (plane.states.at(-1)?.routingVersion === 8 ? true : null),
    PATIENCE_MS,
    "the new state",
  );
  expect(plane.states.map(({ routingVersion }) => routingVersion)).toEqual([7, 8]);
});

it("links again when the control plane is back", async () => {
  const { link, deps, said } = start();
  await deadline(deps.logged("link_up"), PATIENCE_MS, "the link is up");
  await plane.stop();
  await deadline(deps.logged("link_down"), PATIENCE_MS, "the link is down");
  expect(link.isUp).toBe(false);
  const again = linked();
  await plane.start();
  await again;
  await eventually(() => (said.welcomes === 2 ? true : null), PATIENCE_MS, "a second welcome");
});

it("gives up a link that answers no pings, and makes another", async () => {
  plane.answerPings = false;
  const { deps } = start();
  const down = await deadline(deps.logged("link_down"), PATIENCE_MS, "the link is given up");
  expect(down.fields["detail"]).toBe("no pong");
  await linked();
});

it("keeps a link whose pings are answered", async () => {
  const { link, deps } = start();
  await deadline(deps.logged("link_up"), PATIENCE_MS, "the link is up");
  await eventually(() => (plane.pings > 10 ? true : null), PATIENCE_MS, "ten pings");
  expect(link.isUp).toBe(true);
  expect(plane.links.size).toBe(1);
});

it("does not come back at once after a bye", async () => {
  plane.sayBye = "credential_revoked";
  const { link, deps } = start();
  const first = await deadline(deps.logged("link_failed"), PATIENCE_MS, "the bye");
  expect(first.fields["detail"]).toBe("dismissed: credential_revoked");
  plane.sayBye = null;
  await link.stop();
  expect(plane.states).toHaveLength(1);
});

it("is refused with a wrong credential, without naming it", async () => {
  const { deps } = start({ credential: new Secret("wrong-credential") });
  const failed = await deadline(deps.logged("link_failed"), PATIENCE_MS, "the refusal");
  expect(JSON.stringify(failed)).not.toContain("wrong-credential");
});

it("waits from half a second to fifteen between attempts, never in step", () => {
  const limits = { firstMs: LINK_TIMINGS.firstRetryMs, maxMs: LINK_TIMINGS.maxRetryMs };
  const waits = [0, 1, 2, 3, 4, 5, 6, 40];
  expect(waits.map((attempt) => backoffMs(attempt, limits, () => 0))).toEqual([
    500, 1000, 2000, 4000, 7500, 7500, 7500, 7500,
  ]);
  expect(waits.map((attempt) => backoffMs(attempt, limits, () => 0.999_999)).at(-1)).toBeCloseTo(
    15_000,
    0,
  );
});

it("comes back at a moment of its own: of 200 nodes cut off at once not a quarter tries within 50 ms", () => {
  const random = seeded(200);
  const limits = { firstMs: LINK_TIMINGS.firstRetryMs, maxMs: LINK_TIMINGS.maxRetryMs };
  const first = Array.from({ length: 200 }, () => backoffMs(0, limits, random));
  expect(mostWithin(50, first)).toBeLessThan(50);
  expect(Math.min(...first)).toBeGreaterThanOrEqual(500);
  expect(Math.max(...first)).toBeLessThanOrEqual(1_000);
});

it("an order reaches the node, and its answer the hub; without a link nothing is said to be sent", async () => {
  const { link, said } = start();
  await eventually(() => (link.isUp ? true : null), PATIENCE_MS, "the link is up");
  const order = { type: "order_query", orderId: newId("order") } as const;
  plane.say(order);
  await eventually(() => said.orders.at(0) ?? null, PATIENCE_MS, "the order arrives");
  expect(said.orders).toEqual([order]);

  const answer = { type: "order_accepted", orderId: order.orderId, fence: 1 } as const;
  expect(link.send(answer)).toBe(true);
  await eventually(() => plane.orderMessages.at(0) ?? null, PATIENCE_MS, "the answer arrives");
  expect(plane.orderMessages).toEqual([answer]);

  await link.stop();
  expect(link.send(answer)).toBe(false);
});
