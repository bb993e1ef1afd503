import type { PermitNodeMessage } from "../../schema/contracts/permits.ts";
import type { RouteAnswer } from "../../schema/contracts/route-test.ts";
import { type CallRate, takeCall } from "../../schema/values/call-rate.ts";
import { parseId } from "../../schema/values/ids.ts";
import { KeptPlaces, type PlacesAsked } from "./kept-places.ts";
import { withLimitRule } from "./limit-rule.ts";
import type { NodeLinks } from "./node-links.ts";
import { PermitLedger, type Speaker, type Told } from "./permit-ledger.ts";

/** Keys whose rate is remembered: beyond, those asked longest ago begin with a full bucket. */
const MAX_RATES = 10_000;

/** The permit ledger of a region behind its links. */
export class PermitDesk {
  readonly #links: NodeLinks;
  readonly #clock: () => number;
  readonly #kept = new KeptPlaces();
  readonly #ledger: PermitLedger;
  readonly #rates = new Map<string, CallRate>();

  constructor(storage: DurableObjectStorage, links: NodeLinks, clock: () => number) {
    this.#links = links;
    this.#clock = clock;
    this.#ledger = new PermitLedger({
      store: storage.kv,
      startedAtMs: clock(),
      kept: this.#kept,
      isLinked: (nodeId) => links.of(nodeId).some(({ link }) => link.bootId !== null),
    });
  }

  beat(speaker: Speaker, sentAtMs: number | undefined): void {
    this.#tell(this.#ledger.beat(speaker, sentAtMs, this.#clock()));
  }

  /** `socket` is the one that the node has said it on. */
  receive(socket: WebSocket, speaker: Speaker, message: PermitNodeMessage): void {
    const told = this.#ledger.receive(speaker, message, this.#clock());
    for (const one of told) {
      if (one.nodeId === speaker.nodeId) this.#links.send(socket, one.message);
      else this.#tell([one]);
    }
  }

  /** A node's answer to a route test, with what only the hub knows. */
  withLimits(workspaceId: string, answer: RouteAnswer): RouteAnswer {
    const agentId = answer.agent === null ? null : parseId("agent", answer.agent.id);
    if (agentId === null) return answer;
    return withLimitRule(answer, this.#ledger.useOf(workspaceId, agentId, this.#clock()));
  }

  /** Keeps places for calls that are about to be ordered. Returns for how many, from the first on. */
  keepPlaces(asked: PlacesAsked): number {
    return this.#ledger.keepPlaces(asked, this.#clock());
  }

  /** The call is over, or has its permit: nothing is kept for it any more. */
  dropPlace(callId: string): void {
    this.#kept.drop(callId);
  }

  sweep(): void {
    this.#tell(this.#ledger.sweep(this.#clock()));
  }

  /** Whether a key may start another call now. */
  takeCall(keyId: string, perSecond: number): boolean {
    const { isAllowed, rate } = takeCall(this.#rates.get(keyId) ?? null, perSecond, this.#clock());
    this.#rates.delete(keyId);
    this.#rates.set(keyId, rate);
    const [oldest] = this.#rates.keys();
    if (this.#rates.size > MAX_RATES && oldest !== undefined) this.#rates.delete(oldest);
    return isAllowed;
  }

  #tell(told: readonly Told[]): void {
    for (const { nodeId, message } of told) {
      for (const { socket, link } of this.#links.of(nodeId)) {
        if (link.bootId !== null) this.#links.send(socket, message);
      }
    }
  }
}
