import ipaddr from "ipaddr.js";

/**
 * One captured SIP message in HEP version 3, the Homer Encapsulation Protocol: chunks of a vendor, a type, a length that
 * counts this head, and a value.
 *
 *      0                   1                   2                   3
 *      0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *     |      'H'      |      'E'      |      'P'      |      '3'      |
 *     |         total length          |       vendor of a chunk       |
 *     |             type              |            length             |
 *     |                             value                             |
 */
const HEAD_BYTES = 6;
const CHUNK_HEAD_BYTES = 6;
/** Of chunks that everybody knows. */
const GENERIC_VENDOR = 0;
const CHUNKS = {
  ipFamily: 1,
  ipProtocol: 2,
  ipv4Source: 3,
  ipv4Destination: 4,
  ipv6Source: 5,
  ipv6Destination: 6,
  sourcePort: 7,
  destinationPort: 8,
  seconds: 9,
  microseconds: 10,
  payloadKind: 11,
  agentId: 12,
  payload: 15,
  correlationId: 17,
  nodeName: 19,
} as const;
const FAMILIES = { ipv4: 2, ipv6: 10 } as const;
const PROTOCOLS = { tcp: 6, tls: 6, udp: 17 } as const;
const SIP = 1;
/** The total is 16 bits, and a datagram has less: what is longer is cut. */
const MAX_PAYLOAD_BYTES = 60_000;

interface HepPlace {
  readonly address: string;
  readonly port: number;
}

export interface HepMessage {
  readonly source: HepPlace;
  readonly destination: HepPlace;
  readonly transport: keyof typeof PROTOCOLS;
  /** Milliseconds since 1970. */
  readonly atMs: number;
  readonly text: string;
  /** What the messages of one call have in common: the Call-ID. */
  readonly correlationId: string;
  readonly agentId: number;
  readonly nodeName: string;
}

/** Null where the two addresses are none, or of two families. */
export function encodeHep(message: HepMessage): Buffer | null {
  const source = addressOf(message.source);
  const destination = addressOf(message.destination);
  if (source === null || destination === null || source.kind !== destination.kind) return null;
  const isFour = source.kind === "ipv4";
  const atMicroseconds = Math.round(message.atMs * 1_000);
  const payload = Buffer.from(message.text, "utf8").subarray(0, MAX_PAYLOAD_BYTES);
  const chunks = [
    chunk(CHUNKS.ipFamily, number(1, FAMILIES[source.kind])),
    chunk(CHUNKS.ipProtocol, number(1, PROTOCOLS[message.transport])),
    chunk(isFour ? CHUNKS.ipv4Source : CHUNKS.ipv6Source, source.bytes),
    chunk(isFour ? CHUNKS.ipv4Destination : CHUNKS.ipv6Destination, destination.bytes),
    chunk(CHUNKS.sourcePort, number(2, message.source.port)),
    chunk(CHUNKS.destinationPort, number(2, message.destination.port)),
    chunk(CHUNKS.seconds, number(4, Math.floor(atMicroseconds / 1_000_000))),
    chunk(CHUNKS.microseconds, number(4, atMicroseconds % 1_000_000)),
    chunk(CHUNKS.payloadKind, number(1, SIP)),
    chunk(CHUNKS.agentId, number(4, message.agentId)),
    chunk(CHUNKS.correlationId, Buffer.from(message.correlationId, "utf8").subarray(0, 512)),
    chunk(CHUNKS.nodeName, Buffer.from(message.nodeName, "utf8").subarray(0, 128)),
    chunk(CHUNKS.payload, payload),
  ];
  const head = Buffer.alloc(HEAD_BYTES);
  head.write("HEP3", "latin1");
  head.writeUInt16BE(
    chunks.reduce((sum, { length }) => sum + length, HEAD_BYTES),
    4,
  );
  return Buffer.concat([head, ...chunks]);
}

function addressOf({ address }: HepPlace): {
  readonly kind: "ipv4" | "ipv6";
  readonly bytes: Uint8Array;
} | null {
  const [bare = ""] = address.split("%");
  if (!ipaddr.isValid(bare)) return null;
  const parsed = ipaddr.process(bare);
  return { kind: parsed.kind(), bytes: Uint8Array.from(parsed.toByteArray()) };
}

function chunk(type: number, value: Uint8Array): Buffer {
  const head = Buffer.alloc(CHUNK_HEAD_BYTES);
  head.writeUInt16BE(GENERIC_VENDOR, 0);
  head.writeUInt16BE(type, 2);
  head.writeUInt16BE(CHUNK_HEAD_BYTES + value.length, 4);
  return Buffer.concat([head, value]);
}

function number(bytes: 1 | 2 | 4, value: number): Buffer {
  const written = Buffer.alloc(bytes);
  written.writeUIntBE(value, 0, bytes);
  return written;
}
