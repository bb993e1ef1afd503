import type { OutboundProgress } from "../../media-node/call/outbound/outbound.ts";
import { type OutboundDeps, placeOutbound } from "../../media-node/call/outbound/outbound.ts";
import type {
  OutboundOrder,
  OutboundRoute,
} from "../../media-node/call/outbound/outbound-facts.ts";
import type {
  Dialer,
  InviteOutcome,
  OutboundCall,
} from "../../media-node/call/outbound/outbound-ports.ts";
import type { OutboundTrunkRoute } from "../../schema/contracts/routing.ts";
import { makeId } from "../../schema/values/ids.ts";
import { Secret } from "../../schema/values/secret.ts";
import { FakeNode, ROUTE } from "./fake-call.ts";
import { FakeDialog, offerSdp } from "./fake-parties.ts";
import { settle } from "./virtual-clock.ts";

/** The called side of an outbound call, without a socket. */

const id = <K extends Parameters<typeof makeId>[0]>(kind: K) =>
  makeId(kind, 1_750_000_000_000, new Uint8Array(10).fill(7));

export const TRUNK: OutboundTrunkRoute = {
  id: id("outboundTrunk"),
  workspaceId: ROUTE.workspaceId,
  address: "carrier.test",
  transport: "tls",
  mediaEncryption: "allowed",
  insecureSdes: false,
  codecs: ["PCMU", "PCMA"],
  headers: {},
  attributesToHeaders: {},
  credentials: null,
  callerIdentity: { fromUser: "number", assertedIdentity: "none", numberForm: "as_given" },
  callsPerSecond: null,
  remoteDomains: [],
  phoneTransferForm: "tel",
  allowRefer: false,
};

/** One INVITE that the dialer was asked for: the test says what comes of it. */
class FakeOutboundInvite {
  readonly call: OutboundCall;
  readonly outcome: Promise<InviteOutcome>;
  readonly #outcome = Promise.withResolvers<InviteOutcome>();

  constructor(call: OutboundCall) {
    this.call = call;
    this.outcome = this.#outcome.promise;
    const cancel = (): void => this.#outcome.resolve({ kind: "cancelled" });
    if (call.signal.aborted) cancel();
    else call.signal.addEventListener("abort", cancel, { once: true });
  }

  get offered(): "RTP/SAVP" | "RTP/AVP" {
    return this.call.sdp.includes("RTP/SAVP") ? "RTP/SAVP" : "RTP/AVP";
  }

  provisional(status: number, reason: string, sdp: string | null = null): void {
    this.call.onProvisional?.({ status, reason, sdp, address: "192.0.2.10" });
  }

  refuse(status: number, reason: string, retryAfter: string | null = null): void {
    const sent = { sipCallId: "call@node", from: `${this.call.from};tag=ours`, cseq: 7 };
    this.#outcome.resolve({ kind: "refused", status, reason, retryAfter, sent });
  }

  fail(cause: Extract<InviteOutcome, { kind: "failed" }>["cause"]): void {
    this.#outcome.resolve({ kind: "failed", cause, detail: "ECAUSE" });
  }

  answer(sdp: string, dialog: FakeDialog): void {
    this.#outcome.resolve({
      kind: "answered",
      dialog,
      sdp,
      status: 200,
      headers: {},
      address: "192.0.2.10",
    });
  }
}

class FakeDialer implements Dialer {
  readonly invites: FakeOutboundInvite[] = [];

  invite(call: OutboundCall): Promise<InviteOutcome> {
    const invite = new FakeOutboundInvite(call);
    this.invites.push(invite);
    call.onSent?.({ sipCallId: "call@node", transport: "tls", address: "192.0.2.10" });
    return invite.outcome;
  }

  get last(): FakeOutboundInvite {
    const last = this.invites.at(-1);
    if (last === undefined) throw new Error("nothing was dialled");
    return last;
  }
}

/** An answer to what was offered, by a carrier that does as it is asked. */
export function answerTo(offer: string, changes: Parameters<typeof offerSdp>[0] = {}): string {
  const profile = /RTP\/S?AVP/.exec(offer)?.[0] ?? "RTP/AVP";
  const key = Buffer.alloc(30, 9).toString("base64");
  const lines = [
    `m=audio 4000 ${profile} 0 101`,
    "a=rtpmap:101 telephone-event/8000",
    ...(profile === "RTP/SAVP" ? [`a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:${key}`] : []),
  ];
  return offerSdp({ lines, ...changes });
}

export class FakeOutboundNode extends FakeNode {
  override readonly dialer = new FakeDialer();
  readonly dialog = new FakeDialog(this.journal);
  readonly progress: OutboundProgress[] = [];
  trunk: OutboundTrunkRoute = TRUNK;
  agentSettings: OutboundRoute["agent"] = ROUTE.agent;
  override openTrunkSecret: OutboundDeps["openTrunkSecret"] = async () => new Secret("open sesame");

  get order(): OutboundOrder {
    return {
      orderId: id("order"),
      fence: 1,
      callId: id("call"),
      workspaceId: ROUTE.workspaceId,
      phoneNumberId: ROUTE.phoneNumberId,
      agentId: ROUTE.agent.id,
      toNumber: "+15005550123",
      dialBeforeMs: this.clock.nowMs() + 10_000,
      ringingTimeoutSecs: 60,
      clientData: {
        dynamicVariables: { customer: "42", secret__token: "t0p", system__call_sid: "forged" },
        conversationConfigOverride: {},
        customLlmExtraBody: {},
        userId: null,
        branchId: null,
        environment: null,
      },
    };
  }

  get route(): OutboundRoute {
    return {
      phoneNumber: "+15005550100",
      trunk: this.trunk,
      agent: this.agentSettings,
      workspaceConcurrency: null,
      transfers: { destinations: this.agentSettings.transferDestinations, phoneHost: null },
    };
  }

  /** Begins the call and lets it come as far as its INVITE. */
  async place(changes: Partial<OutboundOrder> = {}) {
    const order = { ...this.order, ...changes };
    const call = placeOutbound(order, this.route, (told) => this.progress.push(told), this);
    await settle();
    return call;
  }

  get states(): string[] {
    return this.progress.map(({ state }) => state);
  }
}
