import ipaddr from "ipaddr.js";
import type { SipMessageView } from "../../schema/contracts/sip-messages.ts";

/**
 * SIP messages as a capture file for Wireshark and its like: the classic format of libpcap, version 2.4, little-endian, with
 * times in microseconds, and a raw IP packet as each frame. The packets are made up around the messages that were kept: each is
 * in one UDP datagram between the two addresses, whatever transport and segments it travelled in.
 */

type CapturedMessage = Pick<
  SipMessageView,
  "created_at_unix_micro" | "direction" | "local_address" | "raw_message" | "remote_address"
>;

const MAGIC_MICROSECONDS = 0xa1b2c3d4;
/** Frames begin with the IP header, of version 4 or 6. */
const LINKTYPE_RAW = 101;
const SNAPLEN = 262_144;
const FILE_HEADER_BYTES = 24;
const RECORD_HEADER_BYTES = 16;
const UDP_HEADER_BYTES = 8;
const IPV4_HEADER_BYTES = 20;
const IPV6_HEADER_BYTES = 40;
const UDP = 17;
/** What one datagram of either version holds (RFC 768, RFC 791 §3.1). */
const MAX_PAYLOAD_BYTES = 65_535 - IPV4_HEADER_BYTES - UDP_HEADER_BYTES;

const encoder = new TextEncoder();

/** Notes without a message are left out. A message that is longer than a datagram is cut. */
export function writePcap(messages: readonly CapturedMessage[]): Uint8Array<ArrayBuffer> {
  const header = new DataView(new ArrayBuffer(FILE_HEADER_BYTES));
  header.setUint32(0, MAGIC_MICROSECONDS, true);
  header.setUint16(4, 2, true);
  header.setUint16(6, 4, true);
  header.setUint32(16, SNAPLEN, true);
  header.setUint32(20, LINKTYPE_RAW, true);
  const parts = [new Uint8Array(header.buffer)];
  for (const message of messages) {
    if (message.raw_message === "") continue;
    const frame = frameOf(message);
    const record = new DataView(new ArrayBuffer(RECORD_HEADER_BYTES));
    const micros = message.created_at_unix_micro;
    record.setUint32(0, Math.floor(micros / 1_000_000), true);
    record.setUint32(4, micros % 1_000_000, true);
    record.setUint32(8, frame.length, true);
    record.setUint32(12, frame.length, true);
    parts.push(new Uint8Array(record.buffer), frame);
  }
  return concat(parts);
}

function frameOf(message: CapturedMessage): Uint8Array<ArrayBuffer> {
  const local = endpointOf(message.local_address);
  const remote = endpointOf(message.remote_address);
  const [from, to] = message.direction === "in" ? [remote, local] : [local, remote];
  const payload = encoder.encode(message.raw_message).subarray(0, MAX_PAYLOAD_BYTES);
  const isIpv4 = from.bytes.length === 4 && to.bytes.length === 4;
  const source = isIpv4 ? from.bytes : mapped(from.bytes);
  const target = isIpv4 ? to.bytes : mapped(to.bytes);
  const udp = datagramOf(from.port, to.port, payload);
  const pseudo = pseudoHeader(source, target, udp.length);
  // RFC 768: "If the computed checksum is zero, it is transmitted as all ones".
  new DataView(udp.buffer).setUint16(6, checksum([pseudo, udp]) || 0xffff);
  return concat([
    isIpv4 ? ipv4Header(source, target, udp.length) : ipv6Header(source, target, udp.length),
    udp,
  ]);
}

interface Endpoint {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly port: number;
}

/** Of `host:port`, an IPv6 host in brackets. What is no address is the unspecified one, so that the message is kept. */
function endpointOf(text: string): Endpoint {
  const [, bracketed, plain, port] = /^(?:\[([^\]]*)\]|([^:]*)):(\d{1,5})$/.exec(text) ?? [];
  const host = bracketed ?? plain ?? "";
  const bytes = ipaddr.isValid(host) ? ipaddr.process(host).toByteArray() : [0, 0, 0, 0];
  return { bytes: new Uint8Array(bytes), port: Number(port ?? 0) & 0xffff };
}

/** An IPv4 address among IPv6 ones (RFC 4291 §2.5.5.2). */
function mapped(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  if (bytes.length === 16) return bytes;
  return new Uint8Array([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, ...bytes]);
}

function datagramOf(from: number, to: number, payload: Uint8Array): Uint8Array<ArrayBuffer> {
  const udp = new Uint8Array(UDP_HEADER_BYTES + payload.length);
  const view = new DataView(udp.buffer);
  view.setUint16(0, from);
  view.setUint16(2, to);
  view.setUint16(4, udp.length);
  udp.set(payload, UDP_HEADER_BYTES);
  return udp;
}

function ipv4Header(source: Uint8Array, target: Uint8Array, bytes: number): Uint8Array {
  const header = new Uint8Array(IPV4_HEADER_BYTES);
  const view = new DataView(header.buffer);
  view.setUint8(0, 0x45);
  view.setUint16(2, IPV4_HEADER_BYTES + bytes);
  // Do not fragment.
  view.setUint16(6, 0x4000);
  view.setUint8(8, 64);
  view.setUint8(9, UDP);
  header.set(source, 12);
  header.set(target, 16);
  view.setUint16(10, checksum([header]));
  return header;
}

function ipv6Header(source: Uint8Array, target: Uint8Array, bytes: number): Uint8Array {
  const header = new Uint8Array(IPV6_HEADER_BYTES);
  const view = new DataView(header.buffer);
  view.setUint8(0, 0x60);
  view.setUint16(4, bytes);
  view.setUint8(6, UDP);
  view.setUint8(7, 64);
  header.set(source, 8);
  header.set(target, 24);
  return header;
}

/** RFC 768, and of IPv6 RFC 8200 §8.1: the same sum, since upper halves of length and protocol are zero. */
function pseudoHeader(source: Uint8Array, target: Uint8Array, udpBytes: number): Uint8Array {
  const header = new Uint8Array(source.length + target.length + 4);
  header.set(source, 0);
  header.set(target, source.length);
  const view = new DataView(header.buffer);
  view.setUint16(header.length - 4, UDP);
  view.setUint16(header.length - 2, udpBytes);
  return header;
}

/** RFC 1071, of parts that have an even length but for the last. */
function checksum(parts: readonly Uint8Array[]): number {
  let sum = 0;
  for (const part of parts) {
    for (let at = 0; at < part.length; at += 2) {
      sum += ((part[at] ?? 0) << 8) | (part[at + 1] ?? 0);
    }
  }
  while (sum > 0xffff) sum = (sum & 0xffff) + Math.floor(sum / 0x10000);
  return ~sum & 0xffff;
}

function concat(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
