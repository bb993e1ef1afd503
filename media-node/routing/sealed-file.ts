import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { setImmediate as nextTurn } from "node:timers/promises";
import { absentAs, writeDurably } from "./durable-file.ts";

/**
 * A file of text lines under AES-256-GCM:
 *
 *   magic (8) | ciphertext length (8) | nonce (12) | ciphertext | tag (16)
 *
 * The length tells a file that was cut off from one that was changed; the tag covers all else.
 */
const MAGIC = Buffer.from("TLROUTE1", "latin1");
const LENGTH_OFFSET = MAGIC.length;
const NONCE_OFFSET = LENGTH_OFFSET + 8;
const NONCE_BYTES = 12;
const CIPHERTEXT_OFFSET = NONCE_OFFSET + NONCE_BYTES;
const TAG_BYTES = 16;
const LINES_PER_TURN = 500;

/** `owner` must be the same to open it. Works in slices: 100,000 lines do not hold up the process. */
export async function writeSealedFile(
  path: string,
  key: Buffer,
  owner: string,
  lines: Iterable<string>,
): Promise<void> {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv("aes-256-gcm", key, nonce);
  cipher.setAAD(additionalData(owner));
  await writeDurably(path, async (file) => {
    const header = Buffer.concat([MAGIC, Buffer.alloc(8), nonce]);
    await file.write(header, 0, header.length, 0);
    let position = CIPHERTEXT_OFFSET;
    const append = async (bytes: Buffer) => {
      await file.write(bytes, 0, bytes.length, position);
      position += bytes.length;
    };
    let slice: string[] = [];
    for (const line of lines) {
      slice.push(line, "\n");
      if (slice.length < LINES_PER_TURN * 2) continue;
      await append(cipher.update(slice.join(""), "utf8"));
      slice = [];
      await nextTurn();
    }
    await append(Buffer.concat([cipher.update(slice.join(""), "utf8"), cipher.final()]));
    const length = Buffer.alloc(8);
    length.writeBigUInt64BE(BigInt(position - CIPHERTEXT_OFFSET));
    await append(cipher.getAuthTag());
    await file.write(length, 0, length.length, LENGTH_OFFSET);
  });
}

export type SealedFileOutcome =
  | { readonly kind: "opened"; readonly lines: string[] }
  | { readonly kind: "missing" }
  | { readonly kind: "truncated" }
  | { readonly kind: "altered" };

/** @throws the system's error when the file is there and cannot be read */
export async function readSealedFile(
  path: string,
  key: Buffer,
  owner: string,
): Promise<SealedFileOutcome> {
  const bytes = await readFile(path).catch(absentAs(null));
  if (bytes === null) return { kind: "missing" };
  if (bytes.length < CIPHERTEXT_OFFSET + TAG_BYTES) return { kind: "truncated" };
  if (!bytes.subarray(0, MAGIC.length).equals(MAGIC)) return { kind: "altered" };
  const length = bytes.readBigUInt64BE(LENGTH_OFFSET);
  const held = BigInt(bytes.length - CIPHERTEXT_OFFSET - TAG_BYTES);
  if (held !== length) return { kind: held < length ? "truncated" : "altered" };
  const tagOffset = bytes.length - TAG_BYTES;
  const decipher = createDecipheriv(
    "aes-256-gcm",
    key,
    bytes.subarray(NONCE_OFFSET, CIPHERTEXT_OFFSET),
    {
      authTagLength: TAG_BYTES,
    },
  );
  decipher.setAAD(additionalData(owner));
  decipher.setAuthTag(bytes.subarray(tagOffset));
  try {
    const text = Buffer.concat([
      decipher.update(bytes.subarray(CIPHERTEXT_OFFSET, tagOffset)),
      decipher.final(),
    ]).toString("utf8");
    return { kind: "opened", lines: text === "" ? [] : text.trimEnd().split("\n") };
  } catch {
    // Node tells nothing more of a failed tag, and there is nothing more to tell.
    return { kind: "altered" };
  }
}

function additionalData(owner: string): Buffer {
  return Buffer.concat([MAGIC, Buffer.from(owner, "utf8")]);
}
