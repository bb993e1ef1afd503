import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdir, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { join } from "node:path";
import { readWav, writeWav } from "../../cli/call/wav.ts";
import { deadline, eventually } from "./deadline.ts";
import { freePort } from "./free-port.ts";
import { sine } from "./tone-agent.ts";

/** baresip (Debian) as the phone, calling or called: it plays a tone file and records what it hears. */

const BARESIP = "/usr/bin/baresip";

type BaresipCodec = keyof typeof CODECS;

/** As its accounts name them, with the rate of what it plays and records. */
const CODECS = {
  PCMU: { name: "PCMU/8000/1", rateHz: 8_000 },
  PCMA: { name: "PCMA/8000/1", rateHz: 8_000 },
  G722: { name: "G722/16000/1", rateHz: 16_000 },
} as const;

export function hasBaresip(): boolean {
  return spawnSync(BARESIP, ["-h"]).error === undefined;
}

export interface BaresipOptions {
  /** Empty folder for its configuration and recordings. */
  readonly folder: string;
  /** Whom it calls at once; absent: it answers whoever calls it. */
  readonly target?: string;
  /** Where it listens, and for TLS at the port after it; absent: the system's choice. */
  readonly sipPort?: number;
  readonly transport: "tcp" | "tls";
  /** True: RTP/SAVP with SDES. `optional`: RTP/AVP with a crypto attribute. False: RTP/AVP. */
  readonly srtp: boolean | "optional";
  /** The only one that it has; absent: PCMU. */
  readonly codec?: BaresipCodec;
  readonly toneHz: number;
  readonly caFile: string;
  /** User part of its own address, which is what it answers to. */
  readonly user?: string;
  /** Certificate and key, PEM, in one file: what it shows to whoever calls it over TLS. */
  readonly certificateFile?: string;
  /** Answers a digest challenge. */
  readonly credentials?: { readonly username: string; readonly password: string };
  /** The local address, on an interface of this host or namespace. */
  readonly localAddress?: string;
  /** Run inside this network namespace. */
  readonly namespace?: string;
}

export interface BaresipCall {
  readonly output: () => string;
  /** Resolves when its log has the text. */
  said(text: string): Promise<void>;
  /** Resolves when its recording of what it hears is so long. */
  heardMs(milliseconds: number): Promise<void>;
  /** A command of its menu, such as `hold`, `resume` or `hangup`; resolves when it has taken it. */
  command(name: string): Promise<void>;
  /** Hangs up (BYE) and ends the process. */
  hangUp(): Promise<void>;
  /** What it heard, linear at the rate of its codec; after `hangUp`. */
  recorded(): Promise<Int16Array>;
}

export async function dialWithBaresip(
  options: BaresipOptions & { readonly target: string },
): Promise<BaresipCall> {
  return startBaresip(options);
}

/** Resolves when it can be called. */
export async function answerWithBaresip(
  options: BaresipOptions & { readonly sipPort: number },
): Promise<BaresipCall> {
  const phone = await startBaresip(options);
  await phone.said("baresip is ready");
  return phone;
}

async function startBaresip(options: BaresipOptions): Promise<BaresipCall> {
  const { folder } = options;
  const { name: codecName, rateHz } = CODECS[options.codec ?? "PCMU"];
  await mkdir(folder, { recursive: true });
  const toneFile = join(folder, "tone.wav");
  await writeFile(
    toneFile,
    writeWav({ sampleRateHz: rateHz, channels: [sine(options.toneHz, rateHz, rateHz * 60)] }),
  );
  const controlPort = await freePort();
  await writeFile(join(folder, "config"), configuration(options, toneFile, controlPort));
  const account = [
    `<sip:${options.user ?? "caller"}@${options.localAddress ?? "127.0.0.1"};transport=${options.transport}>`,
    "regint=0",
    `audio_codecs=${codecName}`,
    ...(options.srtp === false ? [] : [`mediaenc=${options.srtp === true ? "srtp-mand" : "srtp"}`]),
    ...(options.target === undefined ? ["answermode=auto"] : []),
    ...(options.credentials === undefined
      ? []
      : [`auth_user=${options.credentials.username}`, `auth_pass=${options.credentials.password}`]),
  ].join(";");
  await writeFile(join(folder, "accounts"), `${account}\n`);
  await writeFile(join(folder, "contacts"), "");
  const dial = options.target === undefined ? [] : ["-e", `/dial ${options.target}`];
  const command = [BARESIP, "-f", folder, "-v", ...dial];
  const argv =
    options.namespace === undefined
      ? command
      : ["ip", "netns", "exec", options.namespace, ...command];
  const [program = "", ...args] = argv;
  const child = spawn(program, args, { cwd: folder, stdio: ["ignore", "pipe", "pipe"] });
  return follow(child, { folder, controlPort, rateHz });
}

function follow(
  child: ChildProcess,
  { folder, controlPort, rateHz }: { folder: string; controlPort: number; rateHz: number },
): BaresipCall {
  let output = "";
  const waiting = new Set<() => void>();
  const exited = once(child, "exit");
  const collect = (chunk: Buffer) => {
    output += chunk.toString();
    for (const check of waiting) check();
  };
  child.stdout?.on("data", collect);
  child.stderr?.on("data", collect);
  return {
    output: () => output,
    said: (text) =>
      deadline(
        new Promise<void>((resolve) => {
          const check = () => {
            if (!output.includes(text)) return;
            waiting.delete(check);
            resolve();
          };
          waiting.add(check);
          check();
        }),
        15_000,
        `baresip did not say "${text}"`,
      ).catch((cause: unknown) => {
        throw new Error(`${String(cause)}; it said:\n${output}`, { cause });
      }),
    async heardMs(milliseconds) {
      await eventually(
        async () => {
          const heard = await recording(folder);
          const bytes = WAV_HEADER_BYTES + (milliseconds * rateHz * 2) / 1_000;
          return heard !== null && heard.bytes >= bytes ? true : null;
        },
        milliseconds + 15_000,
        `baresip did not hear ${milliseconds} ms; it said:\n${output}`,
      );
    },
    command: (name) => deadline(tell(controlPort, name), 5_000, `baresip took no "${name}"`),
    async hangUp() {
      if (child.exitCode === null && child.signalCode === null) {
        child.kill("SIGTERM");
        await deadline(exited, 10_000, "baresip did not end");
      }
    },
    async recorded() {
      const heard = await recording(folder);
      if (heard === null) throw new Error(`baresip recorded nothing; it said:\n${output}`);
      const wav = readWav(await readFile(heard.path));
      return wav.channels[0] ?? new Int16Array(0);
    },
  };
}

/** Module ctrl_tcp: JSON in netstrings, one answer to each command. */
async function tell(port: number, name: string): Promise<void> {
  const socket = connect({ host: "127.0.0.1", port });
  try {
    await once(socket, "connect");
    const text = JSON.stringify({ command: name });
    socket.write(`${text.length}:${text},`);
    let answer = "";
    for await (const chunk of socket) {
      answer += String(chunk);
      if (answer.includes('"response":true')) break;
    }
    if (!answer.includes('"ok":true')) throw new Error(`baresip refused "${name}": ${answer}`);
  } finally {
    socket.destroy();
  }
}

const WAV_HEADER_BYTES = 44;

/** What module sndfile writes of the decoded side: 16-bit linear. */
async function recording(folder: string): Promise<{ path: string; bytes: number } | null> {
  const name = (await readdir(folder)).find((candidate) => candidate.endsWith("-dec.wav"));
  if (name === undefined) return null;
  const path = join(folder, name);
  return { path, bytes: (await stat(path)).size };
}

function configuration(options: BaresipOptions, toneFile: string, controlPort: number): string {
  const address = options.localAddress ?? "127.0.0.1";
  return [
    "poll_method epoll",
    `sip_listen ${address}:${options.sipPort ?? 0}`,
    ...(options.certificateFile === undefined
      ? []
      : [`sip_certificate ${options.certificateFile}`]),
    `ctrl_tcp_listen 127.0.0.1:${controlPort}`,
    `sip_cafile ${options.caFile}`,
    `net_interface ${address}`,
    // A player that nothing is bridged to: without one it does not decode what it receives.
    "audio_player aubridge,nowhere",
    `audio_source aufile,${toneFile}`,
    "audio_alert aufile,/dev/null",
    "rtp_ports 30000-30999",
    "rtp_stats yes",
    "jitter_buffer_type fixed",
    "jitter_buffer_delay 2-10",
    `snd_path ${options.folder}`,
    "module_path /usr/lib/baresip/modules",
    "module g711.so",
    "module g722.so",
    "module aufile.so",
    "module aubridge.so",
    "module sndfile.so",
    "module srtp.so",
    "module_tmp account.so",
    "module_app menu.so",
    "module_app ctrl_tcp.so",
    "",
  ].join("\n");
}
