import {
  type LoggedMessage,
  MESSAGE_LOG_LIMITS,
  type MessageLog,
} from "../../schema/contracts/sip-messages.ts";
import { conversationIdOf, parseId } from "../../schema/values/ids.ts";
import { tagOf } from "../protocol/sip/name-addr.ts";
import type { CallDeps, LoggedCall, MessageLogs, SipTransport } from "./ports.ts";

/** How long after the call's end its last messages are waited for: BYE, its 200, the ACK to a refusal. */
const LINGER_MS = 2_000;
const MAX_NUMBER_CHARS = 256;

/** A message that the SIP engine has sent or received, redacted. */
export interface SeenSipMessage {
  readonly direction: "in" | "out";
  readonly atMs: number;
  readonly transport: SipTransport;
  readonly localAddress: string;
  readonly localPort: number;
  readonly remoteAddress: string;
  readonly remotePort: number;
  readonly sipCallId: string;
  readonly text: string;
}

interface FollowedDialog {
  /** Absent: every message of the Call-ID. */
  readonly tag: string | undefined;
  readonly unwatch: () => void;
}

interface OpenLog {
  readonly call: LoggedCall;
  readonly startedAtMs: number;
  readonly messages: LoggedMessage[];
  /** By Call-ID. */
  readonly dialogs: Map<string, FollowedDialog>;
  linger: Disposable | null;
  bytes: number;
  leftOut: number;
}

export interface MessageLogsDeps extends Pick<CallDeps, "clock"> {
  /** Asks the engine for the messages of a Call-ID, those held of its INVITE included. */
  readonly watch: (sipCallId: string) => () => void;
  readonly finished: (log: MessageLog) => void;
}

export interface CollectedMessageLogs extends MessageLogs {
  seen(message: SeenSipMessage): void;
  /** Finishes every log now. */
  close(): void;
}

/** Collects the SIP messages of calls whose numbers keep them: so many, so large, and then a note. */
export function createMessageLogs(deps: MessageLogsDeps): CollectedMessageLogs {
  const open = new Map<string, OpenLog>();
  /** Several calls may have one Call-ID. */
  const byDialog = new Map<string, Set<OpenLog>>();

  function finish(log: OpenLog): void {
    log.linger?.[Symbol.dispose]();
    if (open.get(log.call.callId) !== log) return;
    open.delete(log.call.callId);
    for (const [sipCallId, { unwatch }] of log.dialogs) {
      unwatch();
      const logs = byDialog.get(sipCallId);
      logs?.delete(log);
      if (logs?.size === 0) byDialog.delete(sipCallId);
    }
    const told = contractOf(log);
    if (told !== null) deps.finished(told);
  }

  return {
    open(call) {
      const log: OpenLog = {
        call,
        startedAtMs: deps.clock.nowMs(),
        messages: [],
        dialogs: new Map(),
        linger: null,
        bytes: 0,
        leftOut: 0,
      };
      open.set(call.callId, log);
      return {
        [Symbol.dispose]() {
          log.linger ??= deps.clock.after(LINGER_MS, () => finish(log));
        },
      };
    },
    follow(callId, sipCallId, tag) {
      const log = open.get(callId);
      if (log === undefined || log.dialogs.has(sipCallId)) return;
      const logs = byDialog.get(sipCallId) ?? new Set<OpenLog>();
      byDialog.set(sipCallId, logs.add(log));
      log.dialogs.set(sipCallId, { tag, unwatch: deps.watch(sipCallId) });
    },
    seen(message) {
      for (const log of byDialog.get(message.sipCallId) ?? []) {
        const tag = log.dialogs.get(message.sipCallId)?.tag;
        if (tag === undefined || hasTag(message.text, tag)) add(log, message);
      }
    },
    close() {
      for (const log of [...open.values()]) finish(log);
    },
  };
}

/** RFC 3261 §19.3: the caller's tag is in From of what the caller sends, and in To of what we send. */
function hasTag(text: string, tag: string): boolean {
  const head = text.split("\r\n\r\n", 1)[0] ?? "";
  const lines = head.match(/^(?:From|To|f|t)[ \t]*:.*(?:\r\n[ \t].*)*/gim) ?? [];
  return lines.some((line) => tagOf(line.slice(line.indexOf(":") + 1)) === tag);
}

function add(log: OpenLog, seen: SeenSipMessage): void {
  const { caller } = log.call;
  if (caller?.port === seen.localPort && caller.address === seen.localAddress) return;
  const bytes = Buffer.byteLength(JSON.stringify(seen.text));
  const isFull =
    log.messages.length >= MESSAGE_LOG_LIMITS.messages ||
    log.bytes + bytes > MESSAGE_LOG_LIMITS.bytes;
  // Nothing after the first that does not fit: a log with holes would read like a call with holes.
  if (log.leftOut > 0 || isFull) {
    log.leftOut += 1;
    return;
  }
  log.bytes += bytes;
  log.messages.push({
    direction: seen.direction,
    atMicros: Math.round(seen.atMs * 1_000),
    transport: seen.transport,
    localAddress: addressText(seen.localAddress, seen.localPort),
    remoteAddress: addressText(seen.remoteAddress, seen.remotePort),
    sipCallId: seen.sipCallId,
    text: seen.text.toWellFormed(),
    error: null,
  });
}

/** Null when nothing was seen, or the identifiers are none of ours. */
function contractOf({ call, leftOut, messages, startedAtMs }: OpenLog): MessageLog | null {
  const last = messages.at(-1);
  const workspaceId = parseId("workspace", call.workspaceId);
  const phoneNumberId = parseId("phoneNumber", call.phoneNumberId);
  if (last === undefined || workspaceId === null || phoneNumberId === null) return null;
  const note = `${leftOut} later messages of the call were not kept.`;
  return {
    callId: call.callId,
    conversationId: conversationIdOf(call.callId),
    workspaceId,
    phoneNumberId,
    phoneNumbers: call.phoneNumbers.map((text) => text.slice(0, MAX_NUMBER_CHARS).toWellFormed()),
    startedAtMs,
    messages: leftOut === 0 ? messages : [...messages, { ...last, text: "", error: note }],
  };
}

function addressText(address: string, port: number): string {
  return address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`;
}
