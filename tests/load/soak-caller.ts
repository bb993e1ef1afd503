import { randomUUID } from "node:crypto";
import type { WireText } from "../../media-node/engine/scripted-peer.ts";
import { NOBODY, newBranch, type SoakWire, type WireCall } from "./soak-wire.ts";

/** How a peer ends its call: after a few packets, never by itself, or at a given moment by CANCEL or by vanishing. */
export type PeerManner =
  | { readonly kind: "talks" }
  | { readonly kind: "waits" }
  | { readonly kind: "cancels" | "vanishes"; readonly afterMs: number };

/** What a caller offers, and what it does once that is answered. */
export interface CallerMedia {
  readonly sdp: string;
  /** Resolves when the caller has nothing more to say. */
  exchange(answer: string): Promise<void>;
}

interface CallerPlan {
  readonly sipPort: number;
  readonly user: string;
  readonly media: CallerMedia;
  readonly manner: PeerManner;
}

/** The caller of one inbound call. Resolves with the final status, or null when none came. */
export async function placeSoakCall(wire: SoakWire, plan: CallerPlan): Promise<number | null> {
  const caller = new Caller(wire, plan);
  try {
    return await caller.run();
  } finally {
    caller.over();
  }
}

class Caller {
  readonly #wire: SoakWire;
  readonly #plan: CallerPlan;
  readonly #call: WireCall;
  readonly #branch = newBranch();
  readonly #uri: string;
  readonly #tag = randomUUID();
  #timer: NodeJS.Timeout | undefined;
  #isCancelled = false;
  #isAnswered = false;

  constructor(wire: SoakWire, plan: CallerPlan) {
    this.#wire = wire;
    this.#plan = plan;
    this.#call = wire.call(randomUUID());
    this.#uri = `sip:${plan.user}@127.0.0.1:${plan.sipPort};transport=tcp`;
  }

  over(): void {
    clearTimeout(this.#timer);
    this.#call.over();
  }

  async run(): Promise<number | null> {
    const { manner, media } = this.#plan;
    const port = manner.kind === "vanishes" ? NOBODY : this.#wire.localPort;
    const contact = `Contact: <sip:caller@127.0.0.1:${port};transport=tcp>`;
    this.#wire.send(
      [...this.#head("INVITE", 1, this.#branch), contact, "Content-Type: application/sdp"],
      media.sdp,
    );
    if (manner.kind === "cancels" || manner.kind === "vanishes") {
      this.#timer = setTimeout(() => this.#giveUp(manner.kind), manner.afterMs);
    }
    let status: number | null = null;
    for (;;) {
      const message = await this.#call.next();
      if (message === null) return status;
      if (message.startLine.startsWith("BYE ")) {
        this.#wire.reply(message, "200 OK");
        return status;
      }
      const method = message.header("CSeq").split(" ")[1];
      const code = Number(message.startLine.slice(8, 11));
      if (method === "BYE") return status;
      if (method !== "INVITE" || code < 200) continue;
      status = code;
      if (code >= 300) {
        // RFC 3261 §17.1.1.3: the ACK of a refusal belongs to the INVITE's transaction.
        this.#wire.send(this.#head("ACK", 1, this.#branch, this.#uri, message.header("To")));
        return status;
      }
      await this.#answered(message);
    }
  }

  #giveUp(kind: "cancels" | "vanishes"): void {
    if (kind === "vanishes") this.#wire.vanish();
    else if (!this.#isAnswered) {
      this.#isCancelled = true;
      this.#wire.send(this.#head("CANCEL", 1, this.#branch));
    }
  }

  async #answered(ok: WireText): Promise<void> {
    this.#isAnswered = true;
    const { manner, media } = this.#plan;
    const target = /<([^>]+)>/.exec(ok.header("Contact"))?.[1] ?? "";
    const to = ok.header("To");
    this.#wire.send(this.#head("ACK", 1, newBranch(), target, to));
    if (manner.kind === "waits" || manner.kind === "vanishes") return;
    if (!this.#isCancelled) await media.exchange(ok.body);
    this.#wire.send(this.#head("BYE", 2, newBranch(), target, to));
  }

  #head(
    method: string,
    cseq: number,
    branch: string,
    target: string = this.#uri,
    to = `<${this.#uri}>`,
  ): string[] {
    return [
      `${method} ${target} SIP/2.0`,
      `Via: SIP/2.0/TCP 127.0.0.1:${this.#wire.localPort};branch=${branch}`,
      "Max-Forwards: 70",
      `From: <sip:+14155550123@127.0.0.1>;tag=${this.#tag}`,
      `To: ${to}`,
      `Call-ID: ${this.#call.callId}`,
      `CSeq: ${cseq} ${method}`,
    ];
  }
}
