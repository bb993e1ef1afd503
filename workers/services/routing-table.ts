import type {
  RoutingChange,
  RoutingChanges,
  RoutingSnapshotHead,
} from "../../schema/contracts/routing.ts";
import { fromBase64Url, toBase64Url } from "../../schema/sealing/sealing.ts";
import type { Secret } from "../../schema/values/secret.ts";
import type { AppDeps } from "../app-type.ts";
import { countTable, readChanges, readTable } from "../db/routing-changes.ts";

/** Of rows of 4 KB these stay below the 10 MB that libSQL answers with; of larger ones come fewer. */
const CHANGES_PER_ANSWER = 2_500;
const SNAPSHOT_PAGE_ROWS = 2_500;

/** What the region's hub has allowed to be told. */
export interface RoutingPosition {
  readonly epoch: number;
  readonly version: number;
}

/** The changes after `since`, one page of them. */
export async function readRoutingChanges(
  deps: Pick<AppDeps, "db">,
  region: string,
  position: RoutingPosition,
  since: number,
): Promise<RoutingChanges> {
  const { epoch } = position;
  const changes =
    since >= position.version
      ? []
      : await readChanges(deps.db, region, {
          after: since,
          upTo: position.version,
          limit: CHANGES_PER_ANSWER,
        });
  const version = changes.at(-1)?.version ?? position.version;
  const more = version < position.version;
  return { epoch, since, version, more, changes };
}

export interface Snapshot {
  /** NDJSON, gzip: the head, then the rows by version. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Hex, of `bytes`. */
  readonly sha256: string;
  /** base64url Ed25519 of `<epoch>.<version>.<sha256>`. */
  readonly signature: string;
}

/** The whole table of a region as it stands at `position`. */
export async function buildSnapshot(
  deps: Pick<AppDeps, "db" | "config">,
  region: string,
  position: RoutingPosition,
): Promise<Snapshot> {
  const head: RoutingSnapshotHead = {
    format: "trunkline-routing-1",
    region,
    epoch: position.epoch,
    version: position.version,
    rows: await countTable(deps.db, region, position.version),
    expectedRemovals: 0,
  };
  const gzip = new CompressionStream("gzip");
  const [buffer] = await Promise.all([
    new Response(gzip.readable).arrayBuffer(),
    writeLines(gzip.writable.getWriter(), head, tablePages(deps, region, position.version)),
  ]);
  const bytes = new Uint8Array(buffer);
  const sha256 = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
  const text = `${position.epoch}.${position.version}.${sha256}`;
  const key = await importSigningKey(deps.config.snapshotSigningKey, false);
  const signature = await crypto.subtle.sign("Ed25519", key, new TextEncoder().encode(text));
  return { bytes, sha256, signature: toBase64Url(new Uint8Array(signature)) };
}

/** base64url of the raw Ed25519 key that verifies what `buildSnapshot` signs. */
export async function snapshotPublicKey(signingKey: Secret): Promise<string> {
  // RFC 8037 §2: the JWK of a private key holds its public key as `x`.
  const exported = await crypto.subtle.exportKey("jwk", await importSigningKey(signingKey, true));
  if (exported instanceof ArrayBuffer || exported.x === undefined) {
    throw new TypeError("the snapshot signing key is not an Ed25519 key");
  }
  return exported.x;
}

function importSigningKey(signingKey: Secret, isExtractable: boolean): Promise<CryptoKey> {
  const bytes = fromBase64Url(signingKey.reveal());
  return crypto.subtle.importKey("pkcs8", bytes, { name: "Ed25519" }, isExtractable, ["sign"]);
}

async function* tablePages(
  deps: Pick<AppDeps, "db">,
  region: string,
  upTo: number,
): AsyncGenerator<readonly RoutingChange[]> {
  for (let after = 0; ; ) {
    const page = await readTable(deps.db, region, { after, upTo, limit: SNAPSHOT_PAGE_ROWS });
    const last = page.at(-1);
    if (last === undefined) return;
    yield page;
    after = last.version;
  }
}

async function writeLines(
  writer: WritableStreamDefaultWriter,
  head: RoutingSnapshotHead,
  pages: AsyncIterable<readonly RoutingChange[]>,
): Promise<void> {
  const encoder = new TextEncoder();
  try {
    await writer.write(encoder.encode(`${JSON.stringify(head)}\n`));
    for await (const page of pages) {
      const lines = page.map((change) => `${JSON.stringify(change)}\n`);
      await writer.write(encoder.encode(lines.join("")));
    }
    await writer.close();
  } catch (error) {
    await writer.abort(error);
    throw error;
  }
}
