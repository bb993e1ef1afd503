import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { deadline } from "./deadline.ts";
import { commandWithin } from "./namespaces.ts";

/** sipp (Debian) as a calling load generator with a scenario of the test's own. */

const SIPP = "/usr/bin/sipp";

export function hasSipp(): boolean {
  return spawnSync(SIPP, ["-v"]).error === undefined;
}

export interface SippRun {
  /** The scenario's steps, in sipp's XML. */
  readonly steps: string;
  /** `address:port` of who is called. */
  readonly target: string;
  readonly calls: number;
  readonly callsPerSecond: number;
  /** One connection for all calls (`t1`), or one for each (`tn`). */
  readonly transport: "t1" | "tn";
  readonly args?: readonly string[];
  /** Where it calls from, with its address there; absent: loopback. */
  readonly from?: { readonly namespace: string; readonly address: string };
}

export interface SippResult {
  readonly exitCode: number | null;
  readonly succeeded: number;
  readonly failed: number;
  /** What it says of calls that failed. */
  readonly errors: string;
}

const RUN_MS = 25_000;

/** Runs the scenario to its end. */
export async function runSipp(run: SippRun): Promise<SippResult> {
  const folder = await mkdtemp(join(tmpdir(), "trunkline-sipp-"));
  try {
    const scenario = `<?xml version="1.0" encoding="UTF-8"?>\n<scenario name="test">\n${run.steps}\n</scenario>\n`;
    await writeFile(join(folder, "scenario.xml"), scenario);
    const args = [
      ...[
        run.target,
        "-sf",
        "scenario.xml",
        "-t",
        run.transport,
        "-i",
        run.from?.address ?? "127.0.0.1",
      ],
      ...["-m", String(run.calls), "-r", String(run.callsPerSecond)],
      ...[
        "-nostdin",
        "-trace_err",
        "-trace_stat",
        "-fd",
        "1",
        "-timeout",
        "20s",
        "-timeout_error",
        "-max_socket",
        "200",
      ],
      ...(run.args ?? []),
    ];
    const [program, words] = commandWithin(run.from?.namespace, SIPP, args);
    const child = spawn(program, words, { cwd: folder, stdio: ["ignore", "ignore", "ignore"] });
    const [exitCode] = await deadline(once(child, "exit"), RUN_MS, "sipp did not end").catch(
      (cause: unknown) => {
        child.kill("SIGKILL");
        throw cause;
      },
    );
    const files = await readdir(folder);
    const read = async (suffix: string): Promise<string> => {
      const name = files.find((candidate) => candidate.endsWith(suffix));
      return name === undefined ? "" : readFile(join(folder, name), "utf8");
    };
    const counts = lastCounts(await read("_.csv"));
    return { exitCode, ...counts, errors: await read("_errors.log") };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The statistics file has a line of names and then one line for each moment. */
function lastCounts(csv: string): { succeeded: number; failed: number } {
  const lines = csv.trim().split("\n");
  const names = (lines[0] ?? "").split(";");
  const values = (lines.at(-1) ?? "").split(";");
  const count = (name: string): number => Number(values[names.indexOf(name)] ?? Number.NaN);
  return { succeeded: count("SuccessfulCall(C)"), failed: count("FailedCall(C)") };
}

/** RFC 4568 §9.1, with a key that nobody has to guess: sipp sends no media. */
const CRYPTO = "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwd";

/** A request of the scenario's caller; `extra` are further header lines. */
export function sippRequest(
  method: string,
  cseq: number,
  options: { target?: string; extra?: readonly string[]; sdp?: boolean | "srtp" } = {},
): string {
  const isFirst = method === "INVITE" && cseq === 1;
  const body = options.sdp
    ? [
        "Content-Type: application/sdp",
        "Content-Length: [len]",
        "",
        "v=0",
        "o=user1 53655765 2353687637 IN IP4 127.0.0.1",
        "s=-",
        "c=IN IP4 127.0.0.1",
        "t=0 0",
        `m=audio 9 ${options.sdp === "srtp" ? "RTP/SAVP" : "RTP/AVP"} 0`,
        "a=rtpmap:0 PCMU/8000",
        ...(options.sdp === "srtp" ? [CRYPTO] : []),
      ]
    : ["Content-Length: 0"];
  return [
    "<send>",
    "<![CDATA[",
    "",
    `${method} ${options.target ?? (isFirst ? "sip:[service]@[remote_ip]:[remote_port]" : "[next_url]")} SIP/2.0`,
    "Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]",
    "Max-Forwards: 70",
    "From: <sip:sipp@[local_ip]:[local_port]>;tag=[call_number]",
    `To: <sip:[service]@[remote_ip]:[remote_port]>${isFirst ? "" : "[peer_tag_param]"}`,
    "Call-ID: [call_id]",
    `CSeq: ${cseq} ${method}`,
    "Contact: <sip:sipp@[local_ip]:[local_port];transport=[transport]>",
    ...(options.extra ?? (isFirst ? [] : ["[routes]"])),
    ...body,
    "]]>",
    "</send>",
  ].join("\n");
}

export function sippExpects(
  status: number,
  options: { optional?: boolean; rrs?: boolean; withinMs?: number } = {},
) {
  const optional = options.optional ? ' optional="true"' : "";
  const rrs = options.rrs ? ' rrs="true"' : "";
  return `<recv response="${status}"${optional}${rrs} timeout="${options.withinMs ?? 5_000}"/>`;
}
