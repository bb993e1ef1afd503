import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import type { WireText } from "../../media-node/engine/scripted-peer.ts";
import type { PeerManner } from "./soak-caller.ts";
import { NOBODY, newBranch, SoakMedia, SoakWire, type WireCall } from "./soak-wire.ts";

/** The carrier of outbound calls: each INVITE rings and is answered, as its manner of that moment has it. */
export interface SoakCarrier extends AsyncDisposable {
  readonly port: number;
  /** What went wrong in a call, for the report. */
  readonly problems: string[];
  /** Resolves when nothing of any call is left here. */
  idle(): Promise<void>;
}

interface CarrierSettings {
  /** Asked once a call. */
  readonly manner: () => PeerManner;
  readonly answerAfterMs: () => number;
}

export async function startSoakCarrier(settings: CarrierSettings): Promise<SoakCarrier> {
  const problems: string[] = [];
  const wires = new Set<SoakWire>();
  const calls = new Set<Promise<void>>();
  const server = createServer((socket) => {
    const wire = new SoakWire(socket, (invite, call) => {
      const serving = serve(invite, call, { ...settings, port }).catch((error: unknown) => {
        problems.push(String(error));
      });
      calls.add(serving);
      serving.finally(() => calls.delete(serving)).catch(() => undefined);
    });
    wires.add(wire);
    socket.on("close", () => wires.delete(wire));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo; // a TCP server's address has a port
  return {
    port,
    problems,
    async idle() {
      await Promise.all(calls);
    },
    async [Symbol.asyncDispose]() {
      for (const wire of wires) wire.vanish();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function serve(
  invite: WireText,
  call: WireCall,
  settings: CarrierSettings & { readonly port: number },
): Promise<void> {
  await using media = await SoakMedia.open();
  const { wire } = call;
  const manner = settings.manner();
  const contactPort = manner.kind === "vanishes" ? NOBODY : settings.port;
  let isOver = false;
  const timers = [
    setTimeout(() => {
      if (isOver) return;
      isOver = true;
      const contact = `Contact: <sip:carrier@127.0.0.1:${contactPort};transport=tcp>`;
      wire.reply(invite, "200 OK", [contact, "Content-Type: application/sdp"], media.sdp);
    }, settings.answerAfterMs()),
  ];
  if (manner.kind === "vanishes") timers.push(setTimeout(() => wire.vanish(), manner.afterMs));
  wire.reply(invite, "180 Ringing");
  try {
    for (;;) {
      const message = await call.next();
      if (message === null) return;
      const [method] = message.startLine.split(" ");
      if (method === "CANCEL") {
        wire.reply(message, "200 OK");
        if (!isOver) wire.reply(invite, "487 Request Terminated");
        isOver = true;
      } else if (method === "BYE") {
        wire.reply(message, "200 OK");
        return;
      } else if (method === "ACK") {
        if (isRefused(message)) return;
        if (manner.kind !== "talks") continue;
        await media.exchange(invite.body);
        wire.send(byeOf(invite, wire));
      } else if (message.header("CSeq").endsWith("BYE")) {
        return;
      }
    }
  } finally {
    timers.forEach(clearTimeout);
    call.over();
  }

  /** RFC 3261 §17.1.1.3: that ACK has the branch of its INVITE. */
  function isRefused(ack: WireText): boolean {
    return branchOf(ack) === branchOf(invite);
  }
}

function branchOf(request: WireText): string {
  return /branch=([^;,\s]+)/.exec(request.header("Via"))?.[1] ?? "";
}

function byeOf(invite: WireText, wire: SoakWire): string[] {
  const target = /<([^>]+)>/.exec(invite.header("Contact"))?.[1] ?? "";
  return [
    `BYE ${target} SIP/2.0`,
    `Via: SIP/2.0/TCP 127.0.0.1:${wire.localPort};branch=${newBranch()}`,
    "Max-Forwards: 70",
    `From: ${invite.header("To")};tag=soak`,
    `To: ${invite.header("From")}`,
    `Call-ID: ${invite.header("Call-ID")}`,
    "CSeq: 9 BYE",
  ];
}
