import { createHash, createPublicKey, type KeyObject, verify } from "node:crypto";
import { setImmediate as nextTurn } from "node:timers/promises";
import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import {
  type RoutingChange,
  type RoutingSnapshotHead,
  routingChangeSchema,
  routingSnapshotHeadSchema,
} from "../../schema/contracts/routing.ts";
import { type ControlPlaneClient, refusedAnswer } from "./http-client.ts";

const TIMEOUT_MS = 60_000;
const MAX_COMPRESSED_BYTES = 128 * 1024 * 1024;
const MAX_BYTES = 1024 * 1024 * 1024;
const LINES_PER_TURN = 100;

const unzip = promisify(gunzip);

type SnapshotFaultCode =
  | "snapshot_hash_differs"
  | "snapshot_signature_invalid"
  | "snapshot_other_region"
  | "snapshot_unreadable";

/** A snapshot that is not what the control plane made: it is dropped as a whole. */
class SnapshotFault extends Error {
  readonly code: SnapshotFaultCode;

  constructor(message: string, options: ErrorOptions & { code: SnapshotFaultCode }) {
    super(message, options);
    this.name = "SnapshotFault";
    this.code = options.code;
  }
}

export interface Snapshot {
  readonly head: RoutingSnapshotHead;
  readonly rows: readonly RoutingChange[];
}

/** `text` is base64url of the raw Ed25519 key (RFC 8037 §2). */
export function parseSnapshotKey(text: string): KeyObject {
  return createPublicKey({ key: { kty: "OKP", crv: "Ed25519", x: text }, format: "jwk" });
}

/**
 * Fetches a snapshot and proves it: hash of the bytes, signature of the hash, region.
 * @throws SnapshotFault, ControlPlaneFault
 */
export async function fetchSnapshot(
  client: ControlPlaneClient,
  url: string,
  expected: { readonly key: KeyObject; readonly region: string; readonly signal: AbortSignal },
): Promise<Snapshot> {
  const response = await client.send({
    method: "GET",
    path: url,
    timeoutMs: TIMEOUT_MS,
    maxBytes: MAX_COMPRESSED_BYTES,
    signal: expected.signal,
  });
  if (response.status !== 200) throw refusedAnswer("routing snapshot", response);
  const sha256 = createHash("sha256").update(response.body).digest("hex");
  if (response.headers["x-trunkline-sha256"] !== sha256) {
    throw new SnapshotFault("the bytes are not those that were announced", {
      code: "snapshot_hash_differs",
    });
  }
  const lines = linesOf(await unpack(response.body));
  const head = parseHead(lines.next().value ?? "");
  const signature = response.headers["x-trunkline-signature"];
  const signed = Buffer.from(`${head.epoch}.${head.version}.${sha256}`);
  const isSigned =
    typeof signature === "string" &&
    verify(null, signed, expected.key, Buffer.from(signature, "base64url"));
  if (!isSigned) {
    throw new SnapshotFault("the signature does not verify", {
      code: "snapshot_signature_invalid",
    });
  }
  if (head.region !== expected.region) {
    throw new SnapshotFault(`the snapshot is of region ${head.region}`, {
      code: "snapshot_other_region",
    });
  }
  return { head, rows: await parseRows(lines) };
}

async function unpack(bytes: Buffer): Promise<Buffer> {
  try {
    return await unzip(bytes, { maxOutputLength: MAX_BYTES });
  } catch (cause) {
    throw new SnapshotFault("the snapshot does not decompress", {
      code: "snapshot_unreadable",
      cause,
    });
  }
}

function parseHead(line: string): RoutingSnapshotHead {
  const head = routingSnapshotHeadSchema.safeParse(parseJson(line));
  if (head.success) return head.data;
  throw new SnapshotFault("the first line is not a snapshot's", {
    code: "snapshot_unreadable",
    cause: head.error,
  });
}

/** One line at a time: as one text 100,000 numbers would hold up the thread that carries the audio. */
function* linesOf(bytes: Buffer): Generator<string, void> {
  let start = 0;
  while (start < bytes.length) {
    const newline = bytes.indexOf(0x0a, start);
    const end = newline < 0 ? bytes.length : newline;
    yield bytes.toString("utf8", start, end);
    start = end + 1;
  }
}

async function parseRows(lines: Iterable<string>): Promise<RoutingChange[]> {
  const rows: RoutingChange[] = [];
  let number = 1;
  for (const line of lines) {
    number += 1;
    if (number % LINES_PER_TURN === 0) await nextTurn();
    if (line === "") continue;
    const row = routingChangeSchema.safeParse(parseJson(line));
    if (!row.success) {
      throw new SnapshotFault(`line ${number} is not a row`, {
        code: "snapshot_unreadable",
        cause: row.error,
      });
    }
    rows.push(row.data);
  }
  return rows;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
