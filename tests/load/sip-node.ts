import { BroadcastChannel } from "node:worker_threads";
import type { InboundInvite } from "../../media-node/call/ports.ts";
import { keepEnvironmentPlain } from "../../media-node/drachtio/plain-environment.ts";
import { startEngine } from "../../media-node/engine/start-engine.ts";
import { startSipService } from "../../media-node/sip-service.ts";
import { parseCidr } from "../../schema/values/cidr.ts";
import { Secret } from "../../schema/values/secret.ts";
import { HEAP_CHANNEL, type HeapAnswer, MEASURE } from "./heap-preload.ts";

/**
 * The process under measurement: the node's own SIP service, engine and drachtio-srf included, with calls that have
 * no media. Answers every INVITE at once and waits for the BYE.
 */
export type FromNode =
  | { readonly kind: "ready"; readonly port: number }
  | { readonly kind: "heap"; readonly bytes: number; readonly rssBytes: number };

const ANSWER =
  "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 20000 RTP/AVP 0 101\r\n" +
  "a=rtpmap:0 PCMU/8000\r\na=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-15\r\na=ptime:20\r\na=sendrecv\r\n";

keepEnvironmentPlain(process);
const THREADS = 2;

function tell(message: FromNode): void {
  process.send?.(message);
}

async function answer(invite: InboundInvite): Promise<void> {
  const dialog = await invite.answer(ANSWER);
  dialog.attach({ ended: () => undefined, reoffer: async () => ({ answer: ANSWER }) });
}

function log(event: string, fields: Record<string, unknown>): void {
  process.stderr.write(`${event} ${String(fields["error"] ?? "")}\n`);
}

const service = await startSipService({
  logger: { info: () => undefined, warn: log, error: log },
  config: {
    sip: {
      bindAddress: "127.0.0.1",
      advertisedAddress: "127.0.0.1",
      port: 0,
      sipsPort: 0,
      advertisedPort: 0,
      advertisedSipsPort: 0,
      certificateFile: "",
      keyFile: "",
      domain: "sip.example.net",
      addresses: "any",
      udp: null,
      certificates: {
        caFile: null,
        areRequested: false,
        clientCaFile: null,
        isPresented: false,
      },
      dialogSources: "any",
      sessionExpiresS: null,
      minSeS: 90,
      dnsServers: [],
    },
    relay: null,
    identity: {
      nodeId: "node_load",
      region: "test-1",
      credential: new Secret(""),
      privateKey: new Secret(""),
      snapshotPublicKey: "",
    },
  },
  // A call that is gone before its ACK is the generator's to count.
  invite: (invite) => answer(invite).catch(() => undefined),
  admission: () => null,
  refused: () => undefined,
  onEvent: () => undefined,
  onLost: (error) => log("lost", { error }),
  // TCP only: no certificate is needed.
  startEngine: (config) => {
    const listeners = config.listeners.filter(({ transport }) => transport === "tcp");
    return startEngine({ ...config, listeners, tls: null });
  },
});

// The generator is a carrier that somebody has named, not a stranger with a rate.
const loopback = parseCidr("127.0.0.0/8");
if (loopback !== null) service.setTrustedSources([loopback]);

const heaps = new BroadcastChannel(HEAP_CHANNEL);
let answers: HeapAnswer[] = [];
heaps.onmessage = (event: { readonly data: HeapAnswer }) => {
  answers.push(event.data);
  if (answers.length < THREADS) return;
  const bytes = answers.reduce((sum, one) => sum + one.bytes, 0);
  answers = [];
  tell({ kind: "heap", bytes, rssBytes: process.memoryUsage.rss() });
};

process.on("message", (message) => {
  if (message === MEASURE) heaps.postMessage(MEASURE);
});
process.on("disconnect", () => process.exit(0));
tell({ kind: "ready", port: service.sipPort });
