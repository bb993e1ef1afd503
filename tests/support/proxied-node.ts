import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Node, startNode } from "../../media-node/drachtio/test-node.ts";
import { systemClock } from "../../media-node/engine/clock.ts";
import { readWireText, type WireText } from "../../media-node/engine/scripted-peer.ts";
import { issueCertificate, makeTestCa } from "./certificates.ts";
import { eventually } from "./deadline.ts";

/** A certificate for `localhost`, in files, and the authority that both sides trust. */
export interface PeerFiles extends AsyncDisposable {
  readonly folder: string;
  readonly certificateFile: string;
  readonly keyFile: string;
  readonly caFile: string;
}

export async function writePeerFiles(): Promise<PeerFiles> {
  const folder = await mkdtemp(join(tmpdir(), "trunkline-peers-"));
  const ca = await makeTestCa();
  const own = await issueCertificate(ca, {
    dnsNames: ["localhost"],
    // Far enough away for the engine to say nothing of its end.
    notAfter: new Date(Date.now() + 30 * 86_400_000),
  });
  const write = async (name: string, text: string): Promise<string> => {
    await writeFile(join(folder, name), text);
    return join(folder, name);
  };
  return {
    folder,
    certificateFile: await write("cert.pem", own.certificatePem),
    keyFile: await write("key.pem", own.keyPem),
    caFile: await write("ca.pem", ca.certificatePem),
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
}

/** The engine and its adapters on loopback, with real time, over every transport, told to peers as they are. */
export interface ProxiedNode extends Node {
  readonly tcpPort: number;
  readonly tlsPort: number;
  readonly udpPort: number;
  /** Messages that went out, or came in, with such a start line, in their order. */
  messages(direction: "in" | "out", startsWith: string): WireText[];
  /** The first such message, now or soon. */
  message(direction: "in" | "out", startsWith: string): Promise<WireText>;
}

/** `advertised` are the ports that peers are told instead of its own: those of relays. */
export async function startProxiedNode(
  files: PeerFiles,
  advertised: { readonly tcp?: number; readonly tls?: number } = {},
): Promise<ProxiedNode> {
  const { certificateFile, keyFile, caFile } = files;
  const node = await startNode({
    engine: {
      listeners: [
        {
          transport: "tcp",
          bindAddress: "127.0.0.1",
          port: 0,
          advertisedPort: advertised.tcp ?? 0,
        },
        {
          transport: "tls",
          bindAddress: "127.0.0.1",
          port: 0,
          advertisedPort: advertised.tls ?? 0,
        },
        { transport: "udp", bindAddress: "127.0.0.1", port: 0 },
      ],
      advertisedHost: "127.0.0.1",
      tls: {
        certificateFile,
        keyFile,
        caFile,
        requestClientCertificate: true,
        clientCaFile: caFile,
      },
    },
    deps: { clock: systemClock },
  });
  const portOf = (transport: string): number =>
    node.engine.engine.listeners.find((listener) => listener.transport === transport)?.port ?? 0;
  const messages = (direction: "in" | "out", startsWith: string): WireText[] =>
    node.engine.events.flatMap((event) => {
      if (event.kind !== "message" || event.direction !== direction) return [];
      return event.startLine.startsWith(startsWith) ? [readWireText(event.text)] : [];
    });
  return {
    ...node,
    tcpPort: portOf("tcp"),
    tlsPort: portOf("tls"),
    udpPort: portOf("udp"),
    messages,
    message: (direction, startsWith) =>
      eventually(
        () => messages(direction, startsWith)[0] ?? null,
        5_000,
        `no "${startsWith}" went ${direction}`,
      ),
  };
}
