import { evictDurableObject, runDurableObjectAlarm } from "cloudflare:test";
import { describe, expect, test } from "vitest";
import type { HubToNode } from "../../schema/contracts/node-link.ts";
import type { PermitRequest } from "../../schema/contracts/permits.ts";
import { newId } from "../../schema/values/ids.ts";
import { regionHub } from "./objects.ts";
import { bindings, newNode, newRegion } from "./test-fixture.ts";
import { greet, openLink, type TestLink } from "./test-link.ts";
import { agentLimit, ask, held } from "./test-permit-region.ts";

const CALLS = 1_000;
const LIMIT = 10;
/** An eviction waits for timers of the object's last queries. */
const EVICTION_WITHIN_MS = 20_000;

type Answer = Extract<HubToNode, { type: "permit_granted" | "permit_refused" | "permit_queued" }>;

interface RegionNode {
  readonly credential: string;
  readonly region: string;
}

async function linkTo(
  node: RegionNode,
  has = { held: [], waiting: [] } as Held,
): Promise<TestLink> {
  const link = await openLink(node.credential);
  await greet(link);
  link.send({ type: "permits_held", sentAtMs: 0, ...has });
  await link.next("permit_lease");
  return link;
}
interface Held {
  readonly held: ReturnType<typeof held>[];
  readonly waiting: PermitRequest["callId"][];
}

async function threeNodes() {
  const region = newRegion();
  const nodes = [await newNode(region), await newNode(region), await newNode(region)];
  return { region, nodes, links: await Promise.all(nodes.map((node) => linkTo(node))) };
}

async function answer(link: TestLink): Promise<Answer> {
  for (;;) {
    const [message] = [JSON.parse(await link.nextText()) as HubToNode];
    switch (message.type) {
      case "permit_granted":
      case "permit_refused":
      case "permit_queued":
        return message;
      default:
    }
  }
}

async function asked(link: TestLink, request: Partial<PermitRequest>): Promise<Answer> {
  link.send(ask(request));
  return answer(link);
}

describe("three nodes at one hub", () => {
  test.each([
    ["evenly", (call: number) => call % 3],
    ["all but a few at one", (call: number) => (call % 100 === 0 ? 1 + (call % 2) : 0)],
    ["one after the other", (call: number) => Math.floor((call * 3) / CALLS)],
    ["at random", () => Math.floor(Math.random() * 3)],
  ])(
    "1,000 INVITEs race for a limit of 10, spread %s: 10 are granted",
    async (_, nodeOf) => {
      const { links } = await threeNodes();
      const agentId = newId("agent");
      const workspaceId = newId("workspace");
      const limits = { workspace: LIMIT, agent: null, daily: null };
      const sent = Array.from({ length: CALLS }, (_unused, call) => links[nodeOf(call)]);
      for (const link of sent) link?.send(ask({ workspaceId, agentId, limits }));
      const answers: Answer[] = [];
      await Promise.all(
        links.map(async (link) => {
          const expected = sent.filter((one) => one === link).length;
          for (let call = 0; call < expected; call += 1) answers.push(await answer(link));
        }),
      );
      const granted = answers.filter(({ type }) => type === "permit_granted");
      expect(granted).toHaveLength(LIMIT);
      const fences = granted.map((one) => (one.type === "permit_granted" ? one.fence : 0));
      expect(new Set(fences).size).toBe(LIMIT);
      // Refused were those that came when all ten were out.
      const refused = answers.filter(({ type }) => type === "permit_refused");
      expect(refused).toHaveLength(CALLS - LIMIT);
    },
    30_000,
  );

  test("calls come and go on all of them, and there are never more than ten, nor a refusal at nine", async () => {
    const { links } = await threeNodes();
    const request = { agentId: newId("agent"), workspaceId: newId("workspace") };
    const limits = agentLimit(LIMIT);
    const live: { link: TestLink; callId: PermitRequest["callId"] }[] = [];
    for (let step = 0; step < 300; step += 1) {
      const link = links[step % 3];
      if (link === undefined) throw new Error("no link");
      const callId = newId("call");
      const { type } = await asked(link, { ...request, limits, callId });
      expect(type).toBe(live.length < LIMIT ? "permit_granted" : "permit_refused");
      if (type === "permit_granted") live.push({ link, callId });
      if (step % 4 !== 3) continue;
      const gone = live.splice(Math.floor(Math.random() * live.length), 1)[0];
      gone?.link.send({ type: "permit_release", callId: gone.callId });
      // In order with the release, so that the next request finds it done.
      gone?.link.send({ type: "permits_held", sentAtMs: 1, ...heldBy(live, gone.link, request) });
      await gone?.link.next("permit_lease");
    }
  }, 30_000);

  test("the queue admits in the order of arrival, whichever node it came to", async () => {
    const { links } = await threeNodes();
    const request = { agentId: newId("agent"), workspaceId: newId("workspace") };
    const queue = { ...request, limits: agentLimit(1), mayQueue: true, waitMs: 60_000 };
    const [first, ...rest] = links;
    if (first === undefined) throw new Error("no link");
    const holder = newId("call");
    await asked(first, { ...queue, callId: holder });
    const places = [];
    for (const link of [...rest, first, ...rest]) {
      const callId = newId("call");
      expect(await asked(link, { ...queue, callId })).toMatchObject({
        type: "permit_queued",
        position: places.length + 1,
      });
      places.push({ link, callId });
    }
    let over = { link: first, callId: holder };
    for (const next of places) {
      over.link.send({ type: "permit_release", callId: over.callId });
      expect(await answer(next.link)).toMatchObject({
        type: "permit_granted",
        callId: next.callId,
      });
      over = next;
    }
  });

  test("what a cut link held is not given to another, and comes back with what the node has ended", async () => {
    const { nodes, links } = await threeNodes();
    const request = { agentId: newId("agent"), workspaceId: newId("workspace") };
    const limits = agentLimit(2);
    const [cut, other] = links;
    const [node] = nodes;
    if (cut === undefined || other === undefined || node === undefined) throw new Error("no link");
    const [kept, ended] = [newId("call"), newId("call")];
    await asked(cut, { ...request, limits, callId: kept });
    await asked(cut, { ...request, limits, callId: ended });
    cut.cut();
    expect((await asked(other, { ...request, limits })).type).toBe("permit_refused");
    const permit = { ...held(kept), ...request };
    const again = await linkTo(node, { held: [permit], waiting: [] });
    expect((await asked(other, { ...request, limits })).type).toBe("permit_granted");
    expect((await asked(again, { ...request, limits })).type).toBe("permit_refused");
  });

  test(
    "a hub that was gone knows its permits and its queue when it is back",
    async () => {
      const { region, links } = await threeNodes();
      const request = { agentId: newId("agent"), workspaceId: newId("workspace") };
      const limits = agentLimit(1);
      const [first, second, third] = links;
      if (first === undefined || second === undefined || third === undefined) throw new Error();
      const holder = newId("call");
      await asked(first, { ...request, limits, callId: holder });
      const [early, late] = [newId("call"), newId("call")];
      const queue = { ...request, limits, mayQueue: true, waitMs: 60_000 };
      await asked(second, { ...queue, callId: early });
      await asked(third, { ...queue, callId: late });
      const hub = regionHub(bindings, "default", region);
      await evictDurableObject(hub);
      await runDurableObjectAlarm(hub);
      expect((await asked(third, { ...request, limits })).type).toBe("permit_refused");
      expect(await asked(third, { ...queue, callId: late })).toMatchObject({ position: 2 });
      first.send({ type: "permit_release", callId: holder });
      expect(await answer(second)).toMatchObject({ type: "permit_granted", callId: early });
    },
    EVICTION_WITHIN_MS,
  );

  test("another process of a node that was killed has none of its calls", async () => {
    const { nodes, links } = await threeNodes();
    const request = { agentId: newId("agent"), workspaceId: newId("workspace") };
    const limits = agentLimit(1);
    const [killed, other] = links;
    const [node] = nodes;
    if (killed === undefined || other === undefined || node === undefined)
      throw new Error("no link");
    await asked(killed, { ...request, limits });
    killed.cut();
    expect((await asked(other, { ...request, limits })).type).toBe("permit_refused");
    await linkTo(node);
    expect((await asked(other, { ...request, limits })).type).toBe("permit_granted");
  });
});

describe("calls a second of an API key", () => {
  test("are counted by the region's hub, each key on its own", async () => {
    const hub = regionHub(bindings, "default", newRegion());
    const key = newId("apiKey");
    const taken = [];
    for (let call = 0; call < 3; call += 1) taken.push(await hub.takeCall(key, 2));
    expect(taken.slice(0, 2)).toEqual([true, true]);
    expect(await hub.takeCall(newId("apiKey"), 1)).toBe(true);
    expect(await hub.takeCall(key, 0.000_001)).toBe(false);
  });
});

function heldBy(
  live: readonly { link: TestLink; callId: PermitRequest["callId"] }[],
  link: TestLink,
  request: Pick<PermitRequest, "agentId" | "workspaceId">,
): Held {
  const own = live.filter((call) => call.link === link);
  return { held: own.map(({ callId }) => ({ ...held(callId), ...request })), waiting: [] };
}
