import { onTestFinished } from "vitest";
import type { Dialog, DialogHandlers } from "../../media-node/call/ports.ts";
import { ScriptedPeer, type WireText } from "../../media-node/engine/scripted-peer.ts";
import { requestLines } from "../../media-node/engine/test-engine.ts";
import { deadline } from "./deadline.ts";
import type { Kamailio } from "./kamailio.ts";
import type { ProxiedNode } from "./proxied-node.ts";
import { sdpOffer } from "./sip-peer.ts";

export interface ProxiedCall {
  /** The caller's connection to the proxy. */
  readonly peer: ScriptedPeer;
  readonly dialog: Dialog;
  /** URI of the caller's Contact. */
  readonly contact: string;
  readonly ok: WireText;
  /** A request of the caller in the dialog, along the route set that the 200 has given it. */
  send(method: string, cseq: number, body?: string, over?: ScriptedPeer): void;
}

/** A call of a scripted caller that reaches the node by way of the proxy, answered and acknowledged. */
export async function callThrough(
  proxy: Kamailio,
  node: ProxiedNode,
  transport: "tcp" | "tls" | "udp",
  port: number = node[`${transport}Port`],
): Promise<ProxiedCall> {
  const peer = await ScriptedPeer.connect(proxy.tcpPort);
  onTestFinished(() => peer[Symbol.asyncDispose]());
  const contact = `sip:caller@127.0.0.1:${peer.localPort};transport=tcp`;
  const lines = requestLines("INVITE", {
    "X-Next-Hop": `sip:127.0.0.1:${port};transport=${transport}`,
    Contact: `<${contact}>`,
    "Content-Type": "application/sdp",
  });
  peer.send(lines, sdpOffer(9));
  const invite = await node.invited();
  const answering = invite.answer(sdpOffer(9));
  await peer.next("SIP/2.0 100");
  const ok = await peer.next("SIP/2.0 200");
  const target = /<([^>]+)>/.exec(ok.header("Contact"))?.[1] ?? "";
  const routes = ok.headers("Record-Route").toReversed();
  const send: ProxiedCall["send"] = (method, cseq, body = "", over = peer) => {
    const [startLine = "", ...headers] = requestLines(
      method,
      {
        To: ok.header("To"),
        "Call-ID": ok.header("Call-ID"),
        CSeq: `${cseq} ${method}`,
        Contact: `<${contact}>`,
        ...(body === "" ? {} : { "Content-Type": "application/sdp" }),
      },
      target,
    );
    over.send([startLine, ...routes.map((route) => `Route: ${route}`), ...headers], body);
  };
  send("ACK", 1);
  const dialog = await deadline(answering, 5_000, "the answer was not acknowledged");
  return { peer, dialog, contact, ok, send };
}

/** Answers every offer with the direction that it leaves us; keeps the offers. */
export function reoffers(offers: string[]): DialogHandlers["reoffer"] {
  return async (offer) => {
    offers.push(offer ?? "");
    const direction = offer?.includes("a=sendonly") ? "a=recvonly" : "a=sendrecv";
    return { answer: sdpOffer(9, { lines: [direction] }) };
  };
}
