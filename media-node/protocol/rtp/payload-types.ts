/** RTP payload types: which number means which encoding (RFC 3551 §6). */

export interface Encoding {
  /** As in `a=rtpmap`; compared without case (RFC 4855 §3). */
  readonly name: string;
  readonly clockRateHz: number;
}

/** RFC 3551 §6, table 4: the audio types that a peer may offer without an rtpmap. */
const STATIC_AUDIO: ReadonlyMap<number, Encoding> = new Map([
  [0, { name: "PCMU", clockRateHz: 8000 }],
  [3, { name: "GSM", clockRateHz: 8000 }],
  [4, { name: "G723", clockRateHz: 8000 }],
  [8, { name: "PCMA", clockRateHz: 8000 }],
  [9, { name: "G722", clockRateHz: 8000 }],
  [13, { name: "CN", clockRateHz: 8000 }],
  [15, { name: "G728", clockRateHz: 8000 }],
  [18, { name: "G729", clockRateHz: 8000 }],
]);

/** RFC 3389 §4: comfort noise at 8 kHz. */
export const COMFORT_NOISE_PAYLOAD_TYPE = 13;

/** What we call telephone-event in our own offers. */
export const OFFERED_TELEPHONE_EVENT_PAYLOAD_TYPE = 101;

export function staticEncoding(payloadType: number): Encoding | null {
  return STATIC_AUDIO.get(payloadType) ?? null;
}
