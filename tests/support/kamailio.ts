import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { readWireText, type WireText } from "../../media-node/engine/scripted-peer.ts";
import { deadline } from "./deadline.ts";
import { freePort } from "./free-port.ts";
import { commandWithin } from "./namespaces.ts";

/** Kamailio (Debian) as a carrier's proxy: it record-routes every call and stays in its path. */

const KAMAILIO = "/usr/sbin/kamailio";
const MODULES = `/usr/lib/${process.arch === "arm64" ? "aarch64" : "x86_64"}-linux-gnu/kamailio/modules`;
const START_MS = 10_000;

export function whyNoKamailio(): string | null {
  if (spawnSync(KAMAILIO, ["-v"]).error !== undefined) return "Debian's kamailio is not installed";
  const hasTls = existsSync(`${MODULES}/tls.so`);
  return hasTls ? null : "Debian's kamailio-tls-modules is not installed";
}

export interface KamailioOptions {
  /** Listens there, on 5060 and for TLS 5061, instead of on loopback ports of its own choice. */
  readonly address?: string;
  /** Module topoh: each side sees one masked Contact, Via and Record-Route instead of the other side's. */
  readonly hidesTopology?: boolean;
  /** Where an initial request goes that has no `X-Next-Hop` header: a `sip:` URI with its transport. */
  readonly nextHop?: string;
  /**
   * The namespace that it runs in, where a DNS server is at 127.0.0.1: an initial request without `X-Next-Hop` goes where
   * NAPTR, SRV and A of its Request-URI lead (RFC 3263), to the next target when one refuses, is silent or says 503.
   */
  readonly namespace?: string;
  /** For a listener on TLS, and for connections to peers on TLS, whose chain must end in `caFile`. */
  readonly tls?: {
    readonly certificateFile: string;
    readonly keyFile: string;
    readonly caFile: string;
  };
}

/** What it received, as its script sees it: behind the unmasking where it hides topology. */
interface SeenMessage extends WireText {
  readonly transport: string;
  readonly sourcePort: number;
}

export interface Kamailio extends AsyncDisposable {
  readonly tcpPort: number;
  readonly udpPort: number;
  /** 0 without TLS. */
  readonly tlsPort: number;
  readonly seen: readonly SeenMessage[];
  /** The first message it has received, or will, whose start line begins so and that the test accepts. */
  saw(startsWith: string, accepts?: (message: SeenMessage) => boolean): Promise<SeenMessage>;
}

export async function startKamailio(options: KamailioOptions = {}): Promise<Kamailio> {
  const folder = await mkdtemp(join(tmpdir(), "trunkline-kamailio-"));
  const isStandard = options.address !== undefined;
  const port = isStandard ? 5060 : await freePort();
  const tlsPort = options.tls === undefined ? 0 : isStandard ? 5061 : await freePort();
  const { tls } = options;
  await writeFile(join(folder, "kamailio.cfg"), configuration(options, folder, port, tlsPort));
  if (tls !== undefined) await writeFile(join(folder, "tls.cfg"), tlsConfiguration(tls));
  const args = ["-DD", "-E", "-m", "32", "-M", "4", "-Y", folder, "-w", folder];
  const [program, words] = startOf(options.namespace, folder, [
    ...args,
    ...["-f", join(folder, "kamailio.cfg")],
  ]);
  await writeFile(join(folder, "resolv.conf"), "nameserver 127.0.0.1\n");
  const child = spawn(program, words, {
    stdio: ["ignore", "ignore", "pipe"],
  });
  const exited = once(child, "exit");
  const log = follow(child);
  const stop = async (): Promise<void> => {
    // Its first process ends the others.
    if (child.exitCode === null && child.signalCode === null) child.kill("SIGTERM");
    await deadline(exited, 10_000, "kamailio did not end");
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await deadline(log.said("trunkline: ready"), START_MS, "kamailio did not start");
  } catch (cause) {
    await stop();
    throw new Error(`${String(cause)}; it said:\n${log.text()}`, { cause });
  }
  const seen = (): SeenMessage[] => log.lines().flatMap(readSeen);
  return {
    tcpPort: port,
    udpPort: port,
    tlsPort,
    get seen() {
      return seen();
    },
    saw: (startsWith, accepts = () => true) => {
      const find = (): SeenMessage | undefined =>
        seen().find((message) => message.startLine.startsWith(startsWith) && accepts(message));
      return deadline(log.until(find), 10_000, `kamailio saw no "${startsWith}"`);
    },
    [Symbol.asyncDispose]: stop,
  };
}

/** `ip netns exec` has given the process mounts of its own: nobody else sees its resolv.conf. */
function startOf(namespace: string | undefined, folder: string, args: readonly string[]) {
  if (namespace === undefined) return commandWithin(undefined, KAMAILIO, args);
  const script = 'mount --bind "$0/resolv.conf" /etc/resolv.conf && exec "$@"';
  return commandWithin(namespace, "/bin/sh", ["-c", script, folder, KAMAILIO, ...args]);
}

function follow(child: ChildProcess) {
  let text = "";
  const waiting = new Set<() => void>();
  child.stderr?.setEncoding("utf8").on("data", (chunk: string) => {
    text += chunk;
    for (const check of waiting) check();
  });
  const until = <T>(find: () => T | undefined): Promise<T> =>
    new Promise((resolve, reject) => {
      const check = (): void => {
        const found = find();
        if (found === undefined) return;
        waiting.delete(check);
        resolve(found);
      };
      waiting.add(check);
      child.once("exit", () => reject(new Error(`kamailio ended: ${text}`)));
      check();
    });
  return {
    text: () => text,
    // The last may still be on its way.
    lines: () => text.split("\n").slice(0, -1),
    until,
    said: (words: string) => until(() => (text.includes(words) ? true : undefined)),
  };
}

function readSeen(line: string): SeenMessage[] {
  const match = /trunkline: seen (\w+) (\d+) (\S+)/.exec(line);
  if (match === null) return [];
  const [, transport = "", port = "", base64 = ""] = match;
  const message = readWireText(Buffer.from(base64, "base64").toString("latin1"));
  return [{ ...message, transport, sourcePort: Number(port) }];
}

/**
 * The NAPTR records' own order decides; without TLS the record of TLS is passed over. Answers are asked for anew after a
 * second, whatever their TTL.
 */
const resolving = (hasTls: boolean): string => `tcp_async=no
use_dns_cache=on
use_dns_failover=on
dns_try_naptr=on
dns_srv_lb=on
dns_naptr_ignore_rfc=no
dns_tls_pref=${hasTls ? 10 : -1}
dns_cache_max_ttl=1
dns_cache_negative_ttl=1`;

function configuration(
  options: KamailioOptions,
  folder: string,
  port: number,
  tlsPort: number,
): string {
  const hasTls = options.tls !== undefined;
  const address = options.address ?? "127.0.0.1";
  const modules = "tm sl rr pv maxfwd xlog siputils textops".split(" ");
  if (hasTls) modules.push("tls");
  if (options.hidesTopology) modules.push("topoh");
  const masking = [
    'modparam("topoh", "mask_key", "of this test")',
    'modparam("topoh", "mask_ip", "127.0.0.8")',
  ];
  const resolves = options.namespace !== undefined;
  const fallback = resolves
    ? "$du = $null;"
    : options.nextHop === undefined
      ? 'sl_send_reply("404", "No next hop"); exit;'
      : `$du = "${options.nextHop}";`;
  return `#!KAMAILIO
debug=1
log_stderror=yes
fork=yes
children=1
tcp_children=1
auto_aliases=no
dns=no
rev_dns=no
enable_tls=${hasTls ? "yes" : "no"}
tcp_connect_timeout=${resolves ? 1 : 3}
${resolves ? resolving(hasTls) : ""}
listen=tcp:${address}:${port}
listen=udp:${address}:${port}
${hasTls ? `listen=tls:${address}:${tlsPort}` : ""}
${modules.map((name) => `loadmodule "${name}.so"`).join("\n")}
modparam("xlog", "buf_size", 65536)
${resolves ? 'modparam("tm", "fr_timer", 1500)' : ""}
${hasTls ? `modparam("tls", "config", "${folder}/tls.cfg")` : ""}
${options.hidesTopology ? masking.join("\n") : ""}
event_route[core:worker-one-init] {
  xlog("L_ALERT", "trunkline: ready\\n");
}
route[SEEN] {
  xlog("L_ALERT", "trunkline: seen $proto $sp $(mb{s.encode.base64})\\n");
}
request_route {
  route(SEEN);
  if (!mf_process_maxfwd_header("10")) {
    sl_send_reply("483", "Too Many Hops");
    exit;
  }
  if (is_method("CANCEL")) {
    if (t_check_trans()) t_relay();
    exit;
  }
  if (!is_method("ACK")) t_check_trans();
  if (has_totag()) {
    if (loose_route()) {
      if (is_present_hf("X-Next-Hop")) {
        $du = $hdr(X-Next-Hop);
        remove_hf("X-Next-Hop");
      }
      t_relay();
      exit;
    }
    if (is_method("ACK")) {
      if (t_check_trans()) t_relay();
      exit;
    }
    sl_send_reply("404", "Not Here");
    exit;
  }
  if (is_method("INVITE")) record_route();
  if (is_present_hf("X-Next-Hop")) {
    $du = $hdr(X-Next-Hop);
    remove_hf("X-Next-Hop");
  } else {
    ${fallback}
  }
  if (!t_relay()) sl_reply_error();
}
reply_route {
  route(SEEN);
}
`;
}

function tlsConfiguration(tls: NonNullable<KamailioOptions["tls"]>): string {
  return `[server:default]
method = TLSv1.2+
verify_certificate = no
require_certificate = no
private_key = ${tls.keyFile}
certificate = ${tls.certificateFile}
[client:default]
method = TLSv1.2+
verify_certificate = yes
require_certificate = yes
ca_list = ${tls.caFile}
private_key = ${tls.keyFile}
certificate = ${tls.certificateFile}
`;
}
