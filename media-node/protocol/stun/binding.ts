import ipaddr from "ipaddr.js";

/**
 * Binding requests and their answers (RFC 8489 §5), as far as somebody needs them who wants to know whether UDP passes and
 * what address a NAT gives it.
 *
 *      0                   1                   2                   3
 *      0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *     |0 0|     STUN Message Type     |         Message Length        |
 *     |                         Magic Cookie                          |
 *     |                     Transaction ID (96 bits)                  |
 */
const HEADER_BYTES = 20;
const LENGTH_OFFSET = 2;
const COOKIE_OFFSET = 4;
const TRANSACTION_OFFSET = 8;
const TRANSACTION_BYTES = 12;
const MAGIC_COOKIE = 0x2112a442;
const ATTRIBUTE_HEADER_BYTES = 4;

const BINDING_REQUEST = 0x0001;
const BINDING_SUCCESS = 0x0101;
const XOR_MAPPED_ADDRESS = 0x0020;
const SOFTWARE = 0x8022;
/** RFC 8489 §14: of these types and above nothing has to be understood. */
const FIRST_OPTIONAL = 0x8000;
const FAMILY_BYTES = { 1: 4, 2: 16 } as const;
/** As long as the longest answer, so that nobody is sent more than was received. */
const PADDED_SOFTWARE = "Trunkline doctor        ";

export interface MappedAddress {
  readonly address: string;
  readonly port: number;
}

/** The transaction of a binding request; null for any other datagram, one that asks for more than an address included. */
export function readBindingRequest(datagram: Uint8Array): Uint8Array | null {
  const attributes = readMessage(datagram, BINDING_REQUEST);
  if (attributes === null || attributes.some(({ type }) => type < FIRST_OPTIONAL)) return null;
  return transactionOf(datagram);
}

/** RFC 8489 §6.3.1: success with XOR-MAPPED-ADDRESS and nothing else. Null when the address is none. */
export function writeBindingSuccess(
  transaction: Uint8Array,
  { address, port }: MappedAddress,
): Uint8Array | null {
  if (!ipaddr.isValid(address)) return null;
  const bytes = ipaddr.process(address).toByteArray();
  const message = newMessage(
    BINDING_SUCCESS,
    transaction,
    ATTRIBUTE_HEADER_BYTES + 4 + bytes.length,
  );
  const view = viewOf(message);
  view.setUint16(HEADER_BYTES, XOR_MAPPED_ADDRESS);
  view.setUint16(HEADER_BYTES + 2, 4 + bytes.length);
  const value = HEADER_BYTES + ATTRIBUTE_HEADER_BYTES;
  view.setUint8(value + 1, bytes.length === 4 ? 1 : 2);
  view.setUint16(value + 2, port ^ (MAGIC_COOKIE >>> 16));
  bytes.forEach((byte, index) => {
    // RFC 8489 §14.2: with the cookie, and for IPv6 with the transaction behind it.
    view.setUint8(value + 4 + index, byte ^ view.getUint8(COOKIE_OFFSET + index));
  });
  return message;
}

/** A request that is no shorter than any answer to it. `transaction`: 12 random octets. */
export function writeBindingRequest(transaction: Uint8Array): Uint8Array {
  const text = new TextEncoder().encode(PADDED_SOFTWARE);
  const message = newMessage(BINDING_REQUEST, transaction, ATTRIBUTE_HEADER_BYTES + text.length);
  const view = viewOf(message);
  view.setUint16(HEADER_BYTES, SOFTWARE);
  view.setUint16(HEADER_BYTES + 2, text.length);
  message.set(text, HEADER_BYTES + ATTRIBUTE_HEADER_BYTES);
  return message;
}

/** What the answer to this transaction says of us; null for anything else. */
export function readBindingSuccess(
  datagram: Uint8Array,
  transaction: Uint8Array,
): MappedAddress | null {
  const attributes = readMessage(datagram, BINDING_SUCCESS);
  const answered = transactionOf(datagram);
  if (attributes === null || !answered.every((byte, index) => byte === transaction[index])) {
    return null;
  }
  const mapped = attributes.find(({ type }) => type === XOR_MAPPED_ADDRESS);
  if (mapped === undefined || mapped.length < 4) return null;
  const view = viewOf(datagram);
  const family = view.getUint8(mapped.start + 1);
  const bytes = family === 1 || family === 2 ? FAMILY_BYTES[family] : null;
  if (bytes === null || mapped.length !== 4 + bytes) return null;
  const address = Array.from(
    { length: bytes },
    (_, index) => view.getUint8(mapped.start + 4 + index) ^ view.getUint8(COOKIE_OFFSET + index),
  );
  return {
    address: ipaddr.fromByteArray(address).toString(),
    port: view.getUint16(mapped.start + 2) ^ (MAGIC_COOKIE >>> 16),
  };
}

interface Attribute {
  readonly type: number;
  /** Of its value. */
  readonly start: number;
  readonly length: number;
}

/** The attributes of a whole message of this type; null for any other datagram. */
function readMessage(datagram: Uint8Array, type: number): Attribute[] | null {
  if (datagram.length < HEADER_BYTES) return null;
  const view = viewOf(datagram);
  const isWhole = view.getUint16(LENGTH_OFFSET) === datagram.length - HEADER_BYTES;
  if (view.getUint16(0) !== type || !isWhole || datagram.length % 4 !== 0) return null;
  if (view.getUint32(COOKIE_OFFSET) !== MAGIC_COOKIE) return null;
  const attributes: Attribute[] = [];
  let offset = HEADER_BYTES;
  while (offset < datagram.length) {
    const length = view.getUint16(offset + 2);
    const start = offset + ATTRIBUTE_HEADER_BYTES;
    if (start + length > datagram.length) return null;
    attributes.push({ type: view.getUint16(offset), start, length });
    // RFC 8489 §14: padded to 32 bits.
    offset = start + Math.ceil(length / 4) * 4;
  }
  return attributes;
}

function newMessage(type: number, transaction: Uint8Array, length: number): Uint8Array {
  const message = new Uint8Array(HEADER_BYTES + length);
  const view = viewOf(message);
  view.setUint16(0, type);
  view.setUint16(LENGTH_OFFSET, length);
  view.setUint32(COOKIE_OFFSET, MAGIC_COOKIE);
  message.set(transaction.subarray(0, TRANSACTION_BYTES), TRANSACTION_OFFSET);
  return message;
}

function transactionOf(message: Uint8Array): Uint8Array {
  return message.slice(TRANSACTION_OFFSET, TRANSACTION_OFFSET + TRANSACTION_BYTES);
}

function viewOf({ buffer, byteOffset, byteLength }: Uint8Array): DataView {
  return new DataView(buffer, byteOffset, byteLength);
}
