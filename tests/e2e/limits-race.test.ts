import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type ApiClient, createApiClient, importNumber } from "../support/api-client.ts";
import { type Call, type Callers, connectCallers } from "../support/callers.ts";
import { eventually } from "../support/deadline.ts";
import { type FurtherNode, startFurtherNode } from "../support/further-node.ts";
import { type HubBook, openHubBook } from "../support/hub-book.ts";
import { startTrunkline, type Trunkline } from "../support/processes.ts";
import { startToneAgent, type ToneAgent } from "../support/tone-agent.ts";

const LIMIT = 10;
const INVITES = 1_000;
const PATIENCE_MS = 10_000;
/** How many calls end, and how many INVITEs race for their places then. The tenth place is to be had at nine, and by one. */
const WAVES = [
  { ends: LIMIT, invites: 50 },
  { ends: 1, invites: 1 },
  { ends: 1, invites: 50 },
  { ends: 2, invites: 2 },
  { ends: 3, invites: 50 },
  { ends: 1, invites: 47 },
] as const;

/** Three whole nodes, one hub in workerd, SIP over TCP. Calls go on until the test ends them. */
describe("calls that race for the places of an agent on three nodes", () => {
  let trunkline: Trunkline;
  let api: ApiClient;
  let agent: ToneAgent;
  let third: FurtherNode;
  const callers: Callers[] = [];
  let admins: string[];
  let book: HubBook;
  /** By node: answered, and not hung up on yet. */
  const held: Call[][] = [[], [], []];
  let mostHeld = 0;
  const resources = new AsyncDisposableStack();

  beforeAll(async () => {
    trunkline = await startTrunkline();
    resources.defer(() => trunkline.stop());
    api = createApiClient(trunkline.ready.api, trunkline.ready.api_key);
    agent = resources.use(await startToneAgent(1037, 1));
    const second = resources.use(await startFurtherNode(trunkline));
    third = resources.use(await startFurtherNode(trunkline));
    for (const port of [trunkline.sipPort, second.node.sipPort, third.node.sipPort]) {
      callers.push(resources.use(await connectCallers(port)));
    }
    admins = [trunkline.ready.admin, second.node.admin, third.node.admin];
    book = resources.use(openHubBook(trunkline));
  });
  afterAll(() => resources.disposeAsync());

  const live = () => held.flat().length;

  /** A number whose agent has so many places, known to every node. */
  async function numberWith(number: string, settings: Record<string, unknown>): Promise<string> {
    const made = await api.post("/v1/convai/agents/create", {
      name: "Limited",
      connection: { protocol: "native", url: agent.url },
      platform_settings: settings,
    });
    expect(made.status).toBe(200);
    await importNumber(api, number, made.body.agent_id, { allowed_addresses: ["127.0.0.1"] });
    for (const node of callers.keys()) {
      await taken(node, number);
      await end(node);
    }
    await counted();
    return number;
  }

  async function call(node: number, number: string): Promise<number> {
    const placed = await callers[node]?.call(number);
    if (placed === undefined) throw new Error(`no node ${node}`);
    if (placed.status === 200) held[node]?.push(placed);
    mostHeld = Math.max(mostHeld, live());
    return placed.status;
  }

  /** The node takes a call, now or as soon as it has noticed an end. */
  async function taken(node: number, number: string): Promise<void> {
    const isTaken = async () => ((await call(node, number)) === 200 ? true : null);
    await eventually(isTaken, PATIENCE_MS, `node ${node} took no call`);
  }

  /** So many calls hang up at once, or all that there are, on every node in turn. */
  async function endSome(count: number): Promise<void> {
    const ending: Promise<void>[] = [];
    for (let node = 0; ending.length < count && live() > 0; node = (node + 1) % held.length) {
      if ((held[node]?.length ?? 0) > 0) ending.push(end(node));
    }
    await Promise.all(ending);
    await counted();
  }

  /** The oldest call of the node hangs up. */
  async function end(node: number): Promise<void> {
    await held[node]?.shift()?.hangUp();
  }

  /** The hub counts what the callers hold. */
  async function counted(): Promise<void> {
    const isEqual = () => (book.permits() === live() ? true : null);
    await eventually(isEqual, PATIENCE_MS, `the hub does not count ${live()}`);
  }

  /** Refusals of all nodes so far. */
  async function refused(code: "agent_limit" | "limit_undecided"): Promise<number> {
    const pages = admins.map(async (admin) => (await fetch(`${admin}/metrics`)).text());
    const line = new RegExp(`^trunkline_calls_refused_total\\{end="${code}"\\} (\\d+)$`, "m");
    const counts = (await Promise.all(pages)).map((page) => Number(line.exec(page)?.[1] ?? 0));
    return counts.reduce((sum, count) => sum + count, 0);
  }

  it.each([
    ["evenly", [1, 1, 1], "+14155550711"],
    ["80 : 15 : 5", [16, 3, 1], "+14155550712"],
    ["all on one", [0, 1, 0], "+14155550713"],
  ] as const)(
    "%s: of 1,000 INVITEs none is refused while nine are up, and never are eleven",
    async (_name, spread, number) => {
      await numberWith(number, { call_limits: { agent_concurrency_limit: LIMIT } });
      const turns = spread.flatMap((times, node) => Array<number>(times).fill(node));
      let placed = 0;
      for (let decided = 0, wave = 0; decided < INVITES; wave += 1) {
        const { ends, invites } = WAVES[wave % WAVES.length] ?? WAVES[0];
        await endSome(ends);
        const free = LIMIT - live();
        const [full, unsure] = [await refused("agent_limit"), await refused("limit_undecided")];
        const nodes = Array.from({ length: invites }, (_, one) => turnOf(turns, placed + one));
        const statuses = await Promise.all(nodes.map((node) => call(node, number)));
        await counted();
        const answered = statuses.filter((status) => status === 200).length;
        expect(statuses.filter((status) => status === 486)).toHaveLength(invites - answered);
        // Where a hub of a busy machine has not answered in time, a node refuses by itself and says so: nothing was decided.
        const notAsked = (await refused("limit_undecided")) - unsure;
        const refusals = (await refused("agent_limit")) - full;
        placed += invites;
        decided += invites - notAsked;
        expect(answered).toBeLessThanOrEqual(free);
        expect(answered + notAsked).toBeGreaterThanOrEqual(Math.min(free, invites));
        if (live() < LIMIT) expect(refusals).toBe(0);
      }
      expect([mostHeld, book.most]).toEqual([LIMIT, LIMIT]);
      await endSome(LIMIT);
    },
  );

  const turnOf = (turns: readonly number[], at: number) => turns[at % turns.length] ?? 0;

  it("a node that is cut off in the middle goes on with its own places, and nobody with more than ten", async () => {
    const number = await numberWith("+14155550714", {
      call_limits: { agent_concurrency_limit: LIMIT },
    });
    for (let up = 0; up < 5; up += 1) expect(await call(2, number)).toBe(200);
    const racing = Array.from({ length: 45 }, (_, one) => call(one % 3, number));
    await Promise.all([third.partition(), ...racing]);
    expect(live()).toBeLessThanOrEqual(LIMIT);
    // The others get what is left: no more than what the hub does not count as the lost node's.
    await eventually(
      async () => ((await call(0, number)) === 486 && (await call(1, number)) === 486) || null,
      PATIENCE_MS,
      "there is no end of places",
    );
    expect(live()).toBeLessThanOrEqual(LIMIT);

    const own = held[2]?.length ?? 0;
    expect(own).toBeGreaterThanOrEqual(5);
    expect(await call(2, number)).toBe(486);
    for (const _ of [1, 2]) await end(2);
    expect(await call(0, number)).toBe(486);
    for (const _ of [1, 2]) await taken(2, number);
    expect(await call(2, number)).toBe(486);
    await end(0);
    await taken(1, number);
    expect(await call(1, number)).toBe(486);

    for (const _ of [1, 2, 3]) await end(2);
    await third.heal();
    await counted();
    while (live() < LIMIT) expect(await call(live() % 2, number)).toBe(200);
    expect(await call(2, number)).toBe(486);
    expect([mostHeld, book.most]).toEqual([LIMIT, LIMIT]);
    await endSome(LIMIT);
  });

  it("the queue admits in the order in which callers came, whichever node they came to", async () => {
    const number = await numberWith("+14155550715", {
      call_limits: { agent_concurrency_limit: 1 },
      queueing_config: { enabled: true, wait_timeout_seconds: 120 },
    });
    const before = agent.sessions.length;
    const order = [0, 2, 1, 1, 0, 2, 2, 0, 1];
    const lines: Call[] = [];
    for (const [place, node] of order.entries()) {
      // Who waits has been answered, and hears the hold tone.
      const line = await callers[node]?.call(number, { from: `+49301000${place}` });
      expect(line?.status).toBe(200);
      if (line !== undefined) lines.push(line);
    }
    // One who waits and leaves is left out.
    await lines.splice(4, 1)[0]?.hangUp();
    const froms = () => agent.sessions.slice(before).map(({ start }) => start.from);
    const expected = order.flatMap((_, place) => (place === 4 ? [] : [`+49301000${place}`]));
    for (const [served, line] of lines.entries()) {
      const isServed = () => (froms().length > served ? true : null);
      await eventually(isServed, PATIENCE_MS, `caller ${served} was not served`);
      expect(froms()).toEqual(expected.slice(0, served + 1));
      await line.hangUp();
    }
    expect(froms()).toEqual(expected);
    await counted();
  });
});
