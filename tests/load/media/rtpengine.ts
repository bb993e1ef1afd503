import { spawn, spawnSync } from "node:child_process";
import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { deadline } from "../../support/deadline.ts";
import { freePort } from "../../support/free-port.ts";
import type { CallLine } from "./call-lines.ts";

/** Debian's rtpengine, forwarding between SRTP and RTP in user space with one worker thread: what carriers run. */

const ANSWER_MS = 5_000;
const RTPENGINE = "rtpengine";

export function whyNoRtpengine(): string | null {
  return spawnSync(RTPENGINE, ["--version"]).error === undefined
    ? null
    : "Debian's rtpengine-daemon is not installed";
}

type Bencoded = string | readonly Bencoded[] | { readonly [key: string]: Bencoded };

function bencode(value: Bencoded): string {
  if (typeof value === "string") return `${Buffer.byteLength(value)}:${value}`;
  if (Array.isArray(value)) return `l${value.map(bencode).join("")}e`;
  const pairs = Object.entries(value);
  return `d${pairs.map(([key, item]) => bencode(key) + bencode(item)).join("")}e`;
}

/** The SDP of an answer of the ng protocol: the one string in it that we want. */
function sdpOf(answer: string): string {
  const found = /3:sdp(\d+):/.exec(answer);
  if (found === null) throw new Error(`rtpengine answered ${answer.slice(0, 200)}`);
  const begin = found.index + found[0].length;
  return answer.slice(begin, begin + Number(found[1]));
}

export class Rtpengine implements AsyncDisposable {
  readonly pid: number;
  readonly #socket: Socket;
  readonly #port: number;
  readonly #end: () => Promise<void>;
  #asked = 0;

  private constructor(pid: number, socket: Socket, port: number, end: () => Promise<void>) {
    this.pid = pid;
    this.#socket = socket;
    this.#port = port;
    this.#end = end;
  }

  /** `core` as taskset takes it. The ports are rtpengine's to give away. */
  static async start(core: string, ports: readonly [number, number]): Promise<Rtpengine> {
    const port = await freePort();
    const options = {
      interface: "127.0.0.1",
      "listen-ng": `127.0.0.1:${port}`,
      "num-threads": "1",
      table: "-1",
      "port-min": String(ports[0]),
      "port-max": String(ports[1]),
      "log-level": "3",
    };
    const flags = Object.entries(options).map(([name, value]) => `--${name}=${value}`);
    const command = ["-c", core, RTPENGINE, "--foreground", "--log-stderr", ...flags];
    const child = spawn("taskset", command, { stdio: ["ignore", "ignore", "ignore"] });
    await once(child, "spawn");
    const socket = createSocket("udp4");
    const end = async (): Promise<void> => {
      socket.close();
      const exited = once(child, "exit");
      child.kill("SIGKILL");
      await exited;
    };
    const engine = new Rtpengine(child.pid ?? 0, socket, port, end);
    try {
      await engine.#untilUp();
    } catch (error) {
      await end();
      throw error;
    }
    return engine;
  }

  async #untilUp(): Promise<void> {
    const endsAt = performance.now() + ANSWER_MS;
    for (;;) {
      const answer = await this.#ask({ command: "ping" }, 200).catch(() => null);
      if (answer?.includes("pong") === true) return;
      if (performance.now() > endsAt) throw new Error("rtpengine did not start");
    }
  }

  async #ask(request: { readonly [key: string]: Bencoded }, limitMs = ANSWER_MS): Promise<string> {
    this.#asked += 1;
    const cookie = `c${this.#asked}`;
    const answered = Promise.withResolvers<string>();
    const listen = (message: Buffer): void => {
      const text = message.toString("latin1");
      if (text.startsWith(`${cookie} `)) answered.resolve(text);
    };
    this.#socket.on("message", listen);
    try {
      this.#socket.send(`${cookie} ${bencode(request)}`, this.#port, "127.0.0.1");
      return await deadline(answered.promise, limitMs, "rtpengine did not answer");
    } finally {
      this.#socket.off("message", listen);
    }
  }

  /** A call between two ports, SRTP at the first and RTP at the second: what each end has to know of it. */
  async connect(
    call: number,
    securePort: number,
    plainPort: number,
    keys: { send: Buffer },
  ): Promise<[CallLine, CallLine]> {
    const ids = { "call-id": `bench-${call}`, "from-tag": `a${call}` };
    const offered = sdpOf(
      await this.#ask({
        command: "offer",
        ...ids,
        "transport-protocol": "RTP/AVP",
        sdp: audioSdp(securePort, keys.send),
      }),
    );
    const answered = sdpOf(
      await this.#ask({
        command: "answer",
        ...ids,
        "to-tag": `b${call}`,
        sdp: audioSdp(plainPort, null),
      }),
    );
    const inline = /a=crypto:\d+ AES_CM_128_HMAC_SHA1_80 inline:([^\r\n|]+)/.exec(answered)?.[1];
    if (inline === undefined) throw new Error(`rtpengine answered no key:\n${answered}`);
    return [
      {
        localPort: securePort,
        remotePort: portOf(answered),
        keys: { send: keys.send, receive: Buffer.from(inline, "base64") },
      },
      { localPort: plainPort, remotePort: portOf(offered), keys: null },
    ];
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#end();
  }
}

function audioSdp(port: number, key: Buffer | null): string {
  const profile = key === null ? "RTP/AVP" : "RTP/SAVP";
  const crypto =
    key === null ? [] : [`a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:${key.toString("base64")}`];
  const lines = [
    "v=0",
    "o=- 1 1 IN IP4 127.0.0.1",
    "s=-",
    "c=IN IP4 127.0.0.1",
    "t=0 0",
    `m=audio ${port} ${profile} 0`,
    "a=rtpmap:0 PCMU/8000",
    ...crypto,
  ];
  return `${lines.join("\r\n")}\r\n`;
}

function portOf(sdp: string): number {
  return Number(/^m=audio (\d+)/m.exec(sdp)?.[1]);
}
