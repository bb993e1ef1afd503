import { createPublicKey, randomBytes, X509Certificate } from "node:crypto";
import { createSocket } from "node:dgram";
import { lookup } from "node:dns/promises";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { isIP } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Dialer } from "../../media-node/call/outbound/outbound-ports.ts";
import { connectSrf } from "../../media-node/drachtio/connect.ts";
import { createDialer } from "../../media-node/drachtio/dialer.ts";
import {
  DEFAULT_ENGINE_LIMITS,
  type EngineEvent,
  type EngineTls,
} from "../../media-node/engine/engine-config.ts";
import { startEngine } from "../../media-node/engine/start-engine.ts";
import { createMediaPlane, type MediaPlane } from "../../media-node/media/media-plane.ts";
import { hostForSocket } from "../../media-node/protocol/sip/uri.ts";
import { UserError } from "../user-error.ts";
import type { CallTarget } from "./target.ts";

/** A SIP phone made of the node's own parts: engine, dialer and media. */
export interface Phone extends AsyncDisposable {
  readonly dialer: Dialer;
  readonly media: MediaPlane;
  /** This machine's address as the other side sees it, unless there is a NAT between. */
  readonly address: string;
}

export async function openPhone(
  target: CallTarget,
  bind: string | null,
  onEvent: (event: EngineEvent) => void,
): Promise<Phone> {
  await using stack = new AsyncDisposableStack();
  if (bind !== null) await requireLocalAddress(bind);
  const address = bind ?? (await localAddressTowards(target.host));
  const tls = target.transport === "tls" ? await makeTls(target.caFile, address, stack) : null;
  const secret = randomBytes(24).toString("base64url");
  const engine = stack.use(
    await startEngine({
      listeners: [{ transport: target.transport, bindAddress: address, port: 0 }],
      advertisedHost: address,
      tls,
      control: { port: 0, secret },
      nodeId: "phone",
      limits: DEFAULT_ENGINE_LIMITS,
      messageEvents: "all",
      addressPolicy: "any",
    }),
  );
  engine.onEvent(onEvent);
  const connection = stack.use(await connectSrf({ port: engine.controlPort, secret }));
  const media = createMediaPlane({ bindAddress: address, ports: [0, 0] });
  stack.defer(() => media.close());
  const open = stack.move();
  return {
    dialer: createDialer(connection, engine.setAccount),
    media,
    address,
    [Symbol.asyncDispose]: () => open.disposeAsync(),
  };
}

/** The address that packets to `host` leave from: routing knows, and nothing is sent to ask it. */
async function localAddressTowards(host: string): Promise<string> {
  const name = hostForSocket(host);
  let remote: { address: string; family: number };
  try {
    remote = isIP(name) === 0 ? await lookup(name) : { address: name, family: isIP(name) };
  } catch (cause) {
    throw new UserError(`${name} has no address: check the name, or give --proxy host:port.`, {
      cause,
    });
  }
  const socket = createSocket(remote.family === 6 ? "udp6" : "udp4");
  try {
    socket.connect(9, remote.address);
    await once(socket, "connect");
    return socket.address().address;
  } catch (cause) {
    throw new UserError(`There is no route to ${name}.`, { cause });
  } finally {
    socket.close();
  }
}

async function requireLocalAddress(address: string): Promise<void> {
  const socket = createSocket(isIP(address) === 6 ? "udp6" : "udp4");
  try {
    socket.bind(0, address);
    await once(socket, "listening");
  } catch (cause) {
    throw new UserError(`${address} is not an address of this machine: choose one with --bind.`, {
      cause,
    });
  } finally {
    socket.close();
  }
}

/** An engine that is given no authority would trust those of the system, without a word. */
async function requireAuthority(caFile: string): Promise<void> {
  let pem: Buffer;
  try {
    pem = await readFile(caFile);
  } catch (cause) {
    throw new UserError(`${caFile} cannot be read: name a PEM file with --ca.`, { cause });
  }
  try {
    new X509Certificate(pem);
  } catch (cause) {
    throw new UserError(`${caFile} holds no certificate in PEM: name another with --ca.`, {
      cause,
    });
  }
}

/** A listener on TLS needs a certificate: one for this call, gone with it. */
async function makeTls(
  caFile: string | null,
  address: string,
  stack: AsyncDisposableStack,
): Promise<EngineTls> {
  if (caFile !== null) await requireAuthority(caFile);
  const folder = await mkdtemp(join(tmpdir(), "trunkline-call-"));
  stack.defer(() => rm(folder, { recursive: true, force: true }));
  // Loaded here, because a call over TCP does without it.
  const { generateSigningKey, issueCertificate, privateKeyPem } = await import(
    "../certificates/certificate.ts"
  );
  const privateKey = generateSigningKey();
  const pem = await issueCertificate(
    {
      commonName: "trunkline call",
      days: 2,
      nowMs: Date.now(),
      publicKey: createPublicKey(privateKey),
      alternativeNames: [address],
      isAuthority: false,
    },
    { commonName: "trunkline call", privateKey },
  );
  const certificateFile = join(folder, "cert.pem");
  const keyFile = join(folder, "key.pem");
  await writeFile(certificateFile, pem);
  await writeFile(keyFile, privateKeyPem(privateKey), { mode: 0o600 });
  return { certificateFile, keyFile, ...(caFile === null ? {} : { caFile }) };
}
