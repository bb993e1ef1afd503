import type { BatchCallDetail } from "../../schema/contracts/batch-call.ts";
import { batchCallDetailSchema } from "../../schema/contracts/batch-call.ts";
import type { PermitRequest } from "../../schema/contracts/permits.ts";
import { request } from "../hub/test-fixture.ts";
import { ask } from "../hub/test-permit-region.ts";
import type { TestClient } from "./test-client.ts";
import {
  accept,
  answeredCall,
  callFacts,
  eventually,
  type Order,
  progress,
  refusedCall,
  type ScriptedNode,
  setUp,
  startNode,
} from "./test-orders.ts";

/** A client that submits batches, and a node that makes of each call what a test says. */

/** Rounds and alarms come on top of what each call takes. */
const BATCH_WITHIN_MS = 15_000;

export const BATCHES = "/v1/convai/batch-calling";

/** What becomes of a call; `holds`: it is up until the test ends it, `refused`: no node takes the order. */
export type Fate =
  | { readonly kind: "answered" }
  | { readonly kind: "holds" }
  | { readonly kind: "rings" }
  | { readonly kind: "sip"; readonly status: number }
  | { readonly kind: "end"; readonly code: string }
  | { readonly kind: "refused"; readonly code: string };

interface CallingNode {
  readonly node: ScriptedNode;
  /** Every order that was dialled, in order. */
  readonly dialled: readonly Order[];
  /** Calls that are up now, and the most that ever were at a time. */
  readonly up: ReadonlySet<string>;
  readonly most: number;
  /** Calls that were refused a permit. */
  readonly refusals: number;
  /** Ends a call that is held. */
  end(order: Order): Promise<void>;
}

/** A workspace with an agent, a number and a node; `fateOf` is asked for every order, and the hub for a permit when there are limits. */
export async function setUpBatches(
  fateOf: (order: Order, dialled: readonly Order[]) => Fate = () => ({ kind: "answered" }),
  limits: PermitRequest["limits"] | null = null,
) {
  const { agentId, client, numberId } = await setUp(null);
  const dialled: Order[] = [];
  const up = new Set<string>();
  let most = 0;
  let refusals = 0;
  const node = await startNode(client.region, (order, self) => {
    const fate = fateOf(order, dialled);
    if (fate.kind === "refused") {
      const { fence, orderId } = order;
      const { code } = fate;
      self.say({ type: "order_refused", orderId, fence, code, detail: "not now", retriable: true });
      return;
    }
    dialled.push(order);
    up.add(order.callId);
    most = Math.max(most, up.size);
    void follow(order, fate);
  });

  async function follow(order: Order, fate: Exclude<Fate, { kind: "refused" }>): Promise<void> {
    const facts = callFacts(client, order);
    node.say(accept(order));
    if (limits !== null) {
      const request = ask({ callId: order.callId, limits });
      node.say({ ...request, workspaceId: order.workspaceId, agentId: order.agentId });
    }
    if (fate.kind === "end") {
      const { code } = fate;
      node.say(progress(order, "ended", { endCode: code, sipCallId: null }));
      const end = { code, blame: "customer", sipStatus: 486, reason: code };
      await over(order, { ...refusedCall(client, order, 486, ""), refusal: null, end });
      return;
    }
    await told("call_started", facts);
    node.say(progress(order, "ringing", { sipStatus: 180 }));
    if (fate.kind === "rings") return;
    if (fate.kind === "sip") {
      const { status } = fate;
      node.say(progress(order, "ended", { sipStatus: status, sipReason: "No", endCode: "busy" }));
      await over(order, refusedCall(client, order, status, "No"));
      return;
    }
    node.say(progress(order, "answered", { sipStatus: 200 }));
    await told("call_answered", { ...facts, answeredAtMs: Date.now() });
    if (fate.kind === "answered") await over(order, answeredCall(client, order));
  }

  /** The call is over before anybody is told. */
  async function over(order: Order, call: unknown): Promise<void> {
    up.delete(order.callId);
    if (limits !== null) node.say({ type: "permit_release", callId: order.callId });
    await told("call_ended", call);
  }

  node.hear = ({ type }) => {
    if (type === "permit_refused") refusals += 1;
  };
  let events = 0;
  async function told(kind: string, call: unknown): Promise<void> {
    events += 1;
    const eventId = `evt_0${String(events).padStart(25, "0")}`;
    const { status } = await request("POST", "/v1/nodes/events", {
      bearer: node.credential,
      body: { events: [{ kind, eventId, call }] },
    });
    if (status !== 200) throw new Error(`event ${kind}: ${status}`);
  }

  const calling: CallingNode = {
    node,
    dialled,
    up,
    get refusals() {
      return refusals;
    },
    get most() {
      return most;
    },
    end: (order) => over(order, answeredCall(client, order)),
  };
  const body = {
    call_name: "Spring",
    agent_id: agentId,
    agent_phone_number_id: numberId,
    recipients: numbers(3).map((phone_number) => ({ phone_number })),
  };
  return { agentId, body, calling, client, numberId };
}

/** Numbers to call, told apart by their last digits. */
export function numbers(count: number): string[] {
  return Array.from({ length: count }, (_, index) => `+1500556${String(index).padStart(4, "0")}`);
}

export async function submit(client: TestClient, body: unknown): Promise<string> {
  return (await client.ok("POST", `${BATCHES}/submit`, body)).id;
}

export async function batchOf(client: TestClient, id: string): Promise<BatchCallDetail> {
  return batchCallDetailSchema.strict().parse(await client.ok("GET", `${BATCHES}/${id}`));
}

export function batchWhen(
  client: TestClient,
  id: string,
  isThere: (batch: BatchCallDetail) => boolean,
): Promise<BatchCallDetail> {
  return eventually(() => batchOf(client, id), isThere, BATCH_WITHIN_MS);
}

export const isOver = ({ status }: BatchCallDetail) => status === "completed";
export const statusesOf = ({ recipients }: BatchCallDetail) =>
  recipients.map(({ status }) => status);
