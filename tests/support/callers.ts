import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { connect } from "node:net";
import { deadline } from "./deadline.ts";
import { type RequestParts, readMessages, type SipText, sdpOffer, sipRequest } from "./sip-peer.ts";

const PATIENCE_MS = 20_000;
/** Nobody listens there (RFC 863). */
const DISCARD_PORT = 9;

/** As many callers as a test wants, behind one TCP connection to a node. */
export interface Callers extends AsyncDisposable {
  /** INVITE up to its final response, which is acknowledged. */
  call(user: string, settings?: CallSettings): Promise<Call>;
}

interface CallSettings {
  /** User of From. */
  readonly from?: string;
  /** Where the caller hears, on loopback; absent: nowhere, and it says nothing. */
  readonly rtpPort?: number;
}

export interface Call {
  readonly callId: string;
  readonly status: number;
  readonly final: SipText;
  /** The node's BYE, which is answered. */
  readonly ended: Promise<SipText>;
  /** BYE, and its answer. Nothing once the node has hung up. */
  hangUp(): Promise<void>;
}

export async function connectCallers(port: number): Promise<Callers> {
  const socket = connect({ port, host: "127.0.0.1" });
  socket.on("error", () => socket.destroy());
  await once(socket, "connect");
  const calls = new Map<string, (message: SipText) => void>();
  readMessages(socket, (message) => calls.get(message.header("Call-ID"))?.(message));
  const peer = { localPort: socket.localPort ?? 0 };
  const send = (parts: RequestParts): void => void socket.write(sipRequest(parts));

  async function call(user: string, settings: CallSettings = {}): Promise<Call> {
    const { from = "+4930123", rtpPort = DISCARD_PORT } = settings;
    const uri = `sip:${user}@127.0.0.1:${port};transport=tcp`;
    const callId = randomUUID();
    const invite = { uri, peer, callId, fromUser: from, fromTag: "caller" };
    const branch = `z9hG4bK${callId}`;
    const answered = Promise.withResolvers<SipText>();
    const over = Promise.withResolvers<void>();
    let isOver = false;
    const ended = Promise.withResolvers<SipText>();
    let inDialog: Omit<RequestParts, "method"> = { ...invite, branch };
    calls.set(callId, (message) => {
      const { startLine } = message;
      if (startLine.startsWith("BYE ")) {
        socket.write(okTo(message));
        isOver = true;
        ended.resolve(message);
        return;
      }
      const status = statusOf(message);
      if (status < 200) return;
      if (message.header("CSeq").endsWith(" BYE")) {
        over.resolve();
        return;
      }
      const toTag = /tag=([^;>\s]+)/.exec(message.header("To"))?.[1] ?? "";
      const target = /<([^>]+)>/.exec(message.header("Contact"))?.[1] ?? uri;
      // RFC 3261 §17.1.1.3, §13.2.2.4: the ACK of a refusal belongs to the INVITE's transaction, that of a 200 does not.
      if (status < 300) inDialog = { ...invite, uri: target, toTag };
      send({ ...inDialog, method: "ACK", toTag });
      answered.resolve(message);
    });
    send({ ...invite, branch, method: "INVITE", body: sdpOffer(rtpPort) });
    const final = await deadline(answered.promise, PATIENCE_MS, `no answer to ${callId}`);
    const status = statusOf(final);
    if (status !== 200) calls.delete(callId);
    return {
      callId,
      status,
      final,
      ended: ended.promise,
      async hangUp() {
        if (isOver) return;
        send({ ...inDialog, method: "BYE", cseq: 2 });
        await deadline(over.promise, PATIENCE_MS, `no answer to the BYE of ${callId}`);
        calls.delete(callId);
      },
    };
  }

  return {
    call,
    async [Symbol.asyncDispose]() {
      socket.destroy();
    },
  };
}

function statusOf({ startLine }: SipText): number {
  return Number(startLine.split(" ")[1]);
}

function okTo(request: SipText): string {
  const copied = ["Via", "From", "To", "Call-ID", "CSeq"].map(
    (name) => `${name}: ${request.header(name)}`,
  );
  return ["SIP/2.0 200 OK", ...copied, "Content-Length: 0", "", ""].join("\r\n");
}
