import { randomUUID } from "node:crypto";
import { audioPort, openRtpPeer, type RtpPeer } from "./rtp-peer.ts";
import { connectSipPeer, type SipText, sdpOffer, sipRequest } from "./sip-peer.ts";

/** A caller over TCP and plain RTP that is in a call and says a tone. */
export interface ScriptedCaller extends AsyncDisposable {
  readonly media: RtpPeer;
  /** The next request or response with that in its start line. */
  next(startLineHas: string): Promise<SipText>;
  /** 200, or another status, to a request of ours. */
  reply(request: SipText, status?: string): void;
  send(method: string, lines?: readonly string[], body?: string): void;
  /** BYE, until it is answered. */
  hangUp(): Promise<void>;
}

/** Resolves when the call is up. */
export async function callIn(
  sipPort: number,
  number: string,
  toneHz: number,
): Promise<ScriptedCaller> {
  const peer = await connectSipPeer(sipPort);
  const media = await openRtpPeer(toneHz);
  const names = { peer, callId: randomUUID(), fromTag: randomUUID() };
  const first = `sip:${number}@127.0.0.1:${sipPort};transport=tcp`;
  const body = sdpOffer(media.port, { formats: "0" });
  peer.send(sipRequest({ ...names, method: "INVITE", uri: first, body }));
  const ok = await peer.next("SIP/2.0 200");
  const toTag = /;tag=([^;]+)/.exec(ok.header("To"))?.[1] ?? "";
  const uri = /<([^>]+)>/.exec(ok.header("Contact"))?.[1] ?? "";
  peer.send(sipRequest({ ...names, method: "ACK", uri, toTag }));
  media.talk(audioPort(ok.body), null);
  let cseq = 1;
  const send: ScriptedCaller["send"] = (method, headers = [], text = "") => {
    cseq += 1;
    peer.send(sipRequest({ ...names, method, uri, toTag, cseq, headers, body: text }));
  };
  return {
    media,
    send,
    next: (startLineHas) => peer.next(startLineHas),
    reply(request, status = "200 OK") {
      const same = ["Via", "From", "To", "Call-ID", "CSeq"].map(
        (name) => `${name}: ${request.header(name)}`,
      );
      peer.send(`${[`SIP/2.0 ${status}`, ...same, "Content-Length: 0"].join("\r\n")}\r\n\r\n`);
    },
    async hangUp() {
      send("BYE");
      await peer.next("SIP/2.0 200");
    },
    async [Symbol.asyncDispose]() {
      await media[Symbol.asyncDispose]();
      await peer[Symbol.asyncDispose]();
    },
  };
}
