import type { SipMessageView } from "../../schema/contracts/sip-messages.ts";

/** The SIP messages of a call as a ladder: who spoke to whom, when, and what it says in short. */

type Tone = "request" | "provisional" | "success" | "redirect" | "failure" | "note";

export interface Rung {
  /** Of the message in what was given. */
  readonly index: number;
  readonly atMicros: number;
  /** Seconds since the first message. */
  readonly offsetSecs: number;
  readonly direction: "in" | "out";
  /** Of the peer; ours is in the middle of all of them. */
  readonly lane: number;
  readonly tone: Tone;
  /** `INVITE`, `180 Ringing`. */
  readonly label: string;
  /** Method of the request, or of the request that is answered; empty in a note. */
  readonly method: string;
  /** Null: a request. */
  readonly status: number | null;
  /** What the session description offers, in a few words; null without one. */
  readonly media: string | null;
  /** How often the same message was sent again. */
  readonly repeats: number;
  readonly text: string;
}

export interface Lane {
  /** Host of the peer. */
  readonly host: string;
  readonly role: string;
}

export interface Ladder {
  readonly lanes: readonly Lane[];
  readonly rungs: readonly Rung[];
  /** Between an INVITE's ACK and the BYE, in seconds since the first message; null: media never flowed by SIP's account. */
  readonly media: { readonly fromSecs: number; readonly toSecs: number } | null;
}

interface Parsed {
  readonly method: string;
  readonly status: number | null;
  readonly label: string;
  /** Distinguishes a message from the same one sent again (RFC 3261 §17.1.3). */
  readonly identity: string;
  readonly viaHost: string;
  readonly media: string | null;
}

export function ladderOf(messages: readonly SipMessageView[], peerRole: string): Ladder {
  const sorted = messages
    .map((message, index) => ({ message, index }))
    .toSorted((a, b) => a.message.created_at_unix_micro - b.message.created_at_unix_micro);
  const firstMicros = sorted[0]?.message.created_at_unix_micro ?? 0;
  const lanes = new LaneBook(peerRole);
  const rungs: Rung[] = [];
  const seen = new Map<string, number>();
  for (const { message, index } of sorted) {
    const parsed = parse(message);
    const known = seen.get(parsed.identity);
    if (known !== undefined && parsed.identity !== "") {
      const before = rungs[known];
      if (before !== undefined) rungs[known] = { ...before, repeats: before.repeats + 1 };
      continue;
    }
    seen.set(parsed.identity, rungs.length);
    rungs.push({
      index,
      atMicros: message.created_at_unix_micro,
      offsetSecs: (message.created_at_unix_micro - firstMicros) / 1_000_000,
      direction: message.direction,
      lane: lanes.of(message, parsed),
      tone: toneOf(parsed),
      label: parsed.label,
      method: parsed.method,
      status: parsed.status,
      media: parsed.media,
      repeats: 0,
      text: message.raw_message,
    });
  }
  return { lanes: lanes.lanes, rungs, media: mediaOf(rungs) };
}

/** One lane a peer, whatever its ports: by address, and by the host that it calls itself in Via. */
class LaneBook {
  readonly lanes: Lane[] = [];
  readonly #byName = new Map<string, number>();
  readonly #role: string;

  constructor(role: string) {
    this.#role = role;
  }

  of(message: SipMessageView, parsed: Parsed): number {
    const host = hostOf(message.remote_address);
    const alias = message.direction === "in" && parsed.status === null ? parsed.viaHost : "";
    const known = this.#byName.get(host) ?? (alias === "" ? undefined : this.#byName.get(alias));
    const lane = known ?? this.lanes.push({ host, role: this.#role }) - 1;
    this.#byName.set(host, lane);
    if (alias !== "" && !this.#byName.has(alias)) this.#byName.set(alias, lane);
    return lane;
  }
}

/** Of `host:port`; an IPv6 host stands in brackets. */
function hostOf(address: string): string {
  return /^(\[[^\]]*\]|[^:]*)(:\d+)?$/.exec(address)?.[1] ?? address;
}

function parse(message: SipMessageView): Parsed {
  const { raw_message: raw } = message;
  if (raw === "") {
    const label = message.error_message ?? "Something is missing here";
    return { method: "", status: null, label, identity: "", viaHost: "", media: null };
  }
  const [head = "", body = ""] = splitOnce(raw, /\r?\n\r?\n/);
  const startLine = head.split(/\r?\n/, 1)[0] ?? "";
  const answer = /^SIP\/2\.0 (\d{3}) ?(.*)$/.exec(startLine);
  const cseq = headerOf(head, "CSeq") ?? "";
  const method =
    answer === null ? (startLine.split(" ", 1)[0] ?? "") : (cseq.split(/\s+/)[1] ?? "");
  const via = headerOf(head, "Via") ?? headerOf(head, "v") ?? "";
  const branch = /;\s*branch=([^;,\s]+)/i.exec(via)?.[1] ?? "";
  return {
    method: method.slice(0, 32),
    status: answer === null ? null : Number(answer[1]),
    label: (answer === null ? method : `${answer[1]} ${answer[2]}`).slice(0, 48),
    identity: [message.direction, message.call_id, startLine, cseq, branch].join("\n"),
    viaHost: /^SIP\/2\.0\/\w+\s+(\[[^\]]*\]|[^\s:;,]+)/.exec(via)?.[1] ?? "",
    media: /^m=/m.test(body) ? sdpWords(body) : null,
  };
}

function splitOnce(text: string, separator: RegExp): readonly [string, string] {
  const match = separator.exec(text);
  if (match === null) return [text, ""];
  return [text.slice(0, match.index), text.slice(match.index + match[0].length)];
}

/** The first value; folded lines count as one (RFC 3261 §7.3.1). */
function headerOf(head: string, name: string): string | null {
  const line = new RegExp(`^${name}[ \\t]*:[ \\t]*(.*(?:\\r?\\n[ \\t]+.*)*)`, "im").exec(head)?.[1];
  return line === undefined ? null : line.replaceAll(/\r?\n[ \t]+/g, " ").trim();
}

const STATIC_CODECS: Readonly<Record<string, string>> = { "0": "PCMU", "8": "PCMA", "9": "G722" };

/** `PCMU SRTP sendrecv`: first codec, whether it is encrypted, and which way it flows. */
function sdpWords(body: string): string {
  const [, profile = "", first = ""] = /^m=audio \d+ (\S+) (\S+)/m.exec(body) ?? [];
  const mapped = new RegExp(`^a=rtpmap:${/^\d+$/.test(first) ? first : "x"} ([^/\\s]+)`, "m").exec(
    body,
  );
  const codec = mapped?.[1] ?? STATIC_CODECS[first] ?? "audio";
  const isEncrypted = /SAVPF?$/.test(profile) || /^a=crypto:/m.test(body);
  const direction = /^a=(sendrecv|sendonly|recvonly|inactive)\s*$/m.exec(body)?.[1] ?? "sendrecv";
  return `${codec.slice(0, 16)} ${isEncrypted ? "SRTP" : "RTP"} ${direction}`;
}

function toneOf({ status, method }: Parsed): Tone {
  if (status === null) return method === "" ? "note" : "request";
  if (status < 200) return "provisional";
  if (status < 300) return "success";
  return status < 400 ? "redirect" : "failure";
}

function mediaOf(rungs: readonly Rung[]): Ladder["media"] {
  const answered = rungs.findIndex(({ status, method }) => status === 200 && method === "INVITE");
  if (answered === -1) return null;
  const ack = rungs.find(({ method }, index) => index > answered && method === "ACK");
  const bye = rungs.find(({ method, status }) => method === "BYE" && status === null);
  const from = ack ?? rungs[answered];
  const to = bye ?? rungs.at(-1);
  if (from === undefined || to === undefined) return null;
  return { fromSecs: from.offsetSecs, toSecs: Math.max(from.offsetSecs, to.offsetSecs) };
}

/** Without what says nothing about a failed call: OPTIONS, 100 and ACK. */
export function withoutNoise(ladder: Ladder): Ladder {
  const rungs = ladder.rungs.filter(
    ({ method, status }) => method !== "OPTIONS" && method !== "ACK" && status !== 100,
  );
  return { ...ladder, rungs };
}

/** What a rung says to somebody who does not see the drawing. */
export function rungWords(rung: Rung, lanes: readonly Lane[]): string {
  const peer = lanes[rung.lane];
  const name = peer === undefined ? "the other side" : `${peer.role} ${peer.host}`;
  const way = rung.direction === "in" ? `from ${name}` : `to ${name}`;
  const again = rung.repeats === 0 ? "" : `, sent ${rung.repeats + 1} times`;
  const media = rung.media === null ? "" : `, with ${rung.media}`;
  const of = rung.status === null || rung.method === "" ? "" : ` to ${rung.method}`;
  return `${rung.offsetSecs.toFixed(3)} s: ${rung.label}${of} ${way}${media}${again}`;
}
