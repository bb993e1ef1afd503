import { randomUUID } from "node:crypto";
import { connectSipPeer, type SipPeer, type SipText, sipRequest } from "./sip-peer.ts";

/** A call at byte level, over TCP: each round is an INVITE, its 200 and the ACK. */
export interface ByteCall extends AsyncDisposable {
  /** @throws Error with the status line of a refusal */
  invite(body: string): Promise<SipText>;
  bye(): Promise<void>;
  /** The BYE of the other side. */
  ended(): Promise<SipText>;
}

export async function openByteCall(sipPort: number, number: string): Promise<ByteCall> {
  const peer = await connectSipPeer(sipPort);
  const names = { callId: randomUUID(), fromTag: randomUUID(), peer };
  let uri = `sip:${number}@127.0.0.1:${sipPort};transport=tcp`;
  let toTag: string | null = null;
  let cseq = 0;
  const send = (method: string, body = "") => {
    if (method !== "ACK") cseq += 1;
    const tag = toTag === null ? {} : { toTag };
    peer.send(sipRequest({ ...names, ...tag, method, uri, cseq, body }));
  };
  return {
    async invite(body) {
      send("INVITE", body);
      const ok = await accepted(peer);
      toTag = /;tag=([^;]+)/.exec(ok.header("To"))?.[1] ?? "";
      uri = /<([^>]+)>/.exec(ok.header("Contact"))?.[1] ?? "";
      send("ACK");
      return ok;
    },
    async bye() {
      send("BYE");
      await peer.next("SIP/2.0 200");
    },
    ended: () => peer.next("BYE "),
    [Symbol.asyncDispose]: () => peer[Symbol.asyncDispose](),
  };
}

/** The final response to an INVITE, past its provisional ones. */
async function accepted(peer: SipPeer): Promise<SipText> {
  for (;;) {
    const response = await peer.next("SIP/2.0 ");
    if (response.startLine.startsWith("SIP/2.0 200")) return response;
    if (!response.startLine.startsWith("SIP/2.0 1")) throw new Error(response.startLine);
  }
}
