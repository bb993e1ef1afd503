const RTCP_SDES = 202;
const SDES_CNAME = 1;

/** RFC 3550 §6.5: one chunk with the CNAME alone. Returns the bytes written from `offset`. */
export function writeSdesCname(out: Buffer, offset: number, ssrc: number, cname: string): number {
  const nameBytes = Buffer.byteLength(cname);
  // The list of items ends with a null octet and is padded to a word (RFC 3550 §6.5).
  const chunkBytes = Math.ceil((4 + 2 + nameBytes + 1) / 4) * 4;
  out.fill(0, offset, offset + 4 + chunkBytes);
  out.writeUInt8(0x81, offset);
  out.writeUInt8(RTCP_SDES, offset + 1);
  out.writeUInt16BE(chunkBytes / 4, offset + 2);
  out.writeUInt32BE(ssrc, offset + 4);
  out.writeUInt8(SDES_CNAME, offset + 8);
  out.writeUInt8(nameBytes, offset + 9);
  out.write(cname, offset + 10);
  return 4 + chunkBytes;
}
