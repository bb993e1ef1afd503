import ipaddr from "ipaddr.js";
import type {
  CreateJoinTokenRequest,
  CreateJoinTokenResponse,
} from "../../schema/contracts/admin.ts";
import type { EnrolRequest, EnrolResponse, RegionKeys } from "../../schema/contracts/node-link.ts";
import { fromBase64Url, toBase64Url, wrapForNode } from "../../schema/sealing/sealing.ts";
import { cidrContains } from "../../schema/values/cidr.ts";
import { newId } from "../../schema/values/ids.ts";
import type { AppDeps } from "../app-type.ts";
import { digestsEqual, sha256Hex } from "../auth/api-key.ts";
import { readRanges } from "../db/address-ranges.ts";
import {
  type EnrolledNode,
  findJoinToken,
  findNodeByCredential,
  insertJoinToken,
  insertNode,
} from "../db/media-nodes.ts";
import { type Outcome, type Refusal, refuse, succeed } from "../errors/refusal.ts";
import { commitUnit } from "./commit-unit.ts";
import { cidrOf } from "./range-checks.ts";
import { isEnforced, nodeRanges } from "./range-lifecycle.ts";
import { snapshotPublicKey } from "./routing-table.ts";

const X25519_KEY_BYTES = 32;

/** A token with which one node of the region enrols once. */
export async function createJoinToken(
  deps: Pick<AppDeps, "writer" | "clock">,
  request: CreateJoinTokenRequest,
): Promise<CreateJoinTokenResponse> {
  const token = mintToken("tkjoin");
  const nowMs = deps.clock();
  await commitUnit(deps.writer, [
    insertJoinToken({
      sha256: await sha256Hex(token),
      region: request.region,
      createdAtMs: nowMs,
      expiresAtMs: nowMs + request.ttl_secs * 1000,
    }),
  ]);
  return { join_token: token };
}

const TOKEN_REFUSED: Refusal = {
  status: 401,
  code: "join_token_invalid",
  detail: "The join token is unknown, used or expired. Ask the operator for a new one.",
};

/** Exchanges a join token for a node's identity. The credential is shown here and never again. */
export async function enrolNode(
  deps: Pick<AppDeps, "db" | "writer" | "clock" | "config">,
  request: EnrolRequest,
): Promise<Outcome<EnrolResponse>> {
  if (!ipaddr.isValid(request.publicAddress)) {
    return refuseField("/publicAddress", "not_an_address", "Give an IPv4 or IPv6 address.");
  }
  if (!isX25519Key(request.publicKey)) {
    return refuseField("/publicKey", "not_a_key", "Give base64url of a raw X25519 public key.");
  }
  const joinTokenSha256 = await sha256Hex(request.joinToken);
  const token = await findJoinToken(deps.db, joinTokenSha256);
  if (token === null) return refuse(TOKEN_REFUSED);
  const unpublished = await refuseUnpublished(deps, request.publicAddress, token.region);
  if (unpublished !== null) return refuse(unpublished);
  const nodeId = newId("node");
  const credential = mintToken("tknode");
  const committed = await commitUnit(
    deps.writer,
    insertNode({
      nodeId,
      joinTokenSha256,
      name: request.name,
      publicAddress: request.publicAddress,
      publicKey: request.publicKey,
      credentialSha256: await sha256Hex(credential),
      enrolledAtMs: deps.clock(),
    }),
  );
  if (!committed.ok) return refuse(TOKEN_REFUSED);
  return succeed({
    nodeId,
    region: token.region,
    credential,
    snapshotPublicKey: await snapshotPublicKey(deps.config.snapshotSigningKey),
  });
}

/**
 * Why no node of the region may have the address; null when it may. A deployment that has never had a
 * range in use holds nobody to any.
 */
async function refuseUnpublished(
  deps: Pick<AppDeps, "db">,
  publicAddress: string,
  region: string,
): Promise<Refusal | null> {
  const rows = await readRanges(deps.db);
  if (!isEnforced(rows)) return null;
  const active = nodeRanges(rows, region, ["active"]);
  if (active.some((row) => cidrContains(cidrOf(row), publicAddress))) return null;
  const held = nodeRanges(rows, region, ["pending", "deprecated"]).find((row) =>
    cidrContains(cidrOf(row), publicAddress),
  );
  const detail =
    held === undefined
      ? `${publicAddress} is in no published range of region ${region}.`
      : `${publicAddress} is in ${held.prefix}, which is ${held.state}: only an active range takes nodes.`;
  const allowed = active.map(({ prefix }) => prefix).join(", ");
  return {
    status: 409,
    code: "address_not_published",
    detail,
    hint: allowed === "" ? "Activate a range of the region first." : `An address of ${allowed}.`,
    errors: [{ pointer: "/publicAddress", code: "address_not_published", detail }],
  };
}

/** The node that a bearer credential proves. */
export async function authenticateNode(
  deps: Pick<AppDeps, "db">,
  credential: string | null,
): Promise<Outcome<EnrolledNode>> {
  const digest = await sha256Hex(credential ?? "");
  const node = await findNodeByCredential(deps.db, digest);
  const isValid =
    node !== null && node.revokedAtMs === null && digestsEqual(node.credentialSha256, digest);
  if (isValid) return succeed(node);
  return refuse({
    status: 401,
    code: "node_credential_invalid",
    detail: "The node's credential is missing, unknown or revoked.",
    headers: { "www-authenticate": "Bearer" },
  });
}

/** The keys that open the region's trunk secrets, each wrapped to this node. */
export async function wrapRegionKeys(
  deps: Pick<AppDeps, "secrets">,
  node: EnrolledNode,
): Promise<RegionKeys> {
  const held = await deps.secrets.regionKeys(node.region);
  const keys = held.map(async ({ bytes, id }) => ({
    keyId: id,
    wrapped: await wrapForNode(id, bytes, node.publicKey),
  }));
  return { keys: await Promise.all(keys) };
}

function mintToken(prefix: string): string {
  return `${prefix}_${toBase64Url(crypto.getRandomValues(new Uint8Array(32)))}`;
}

function isX25519Key(text: string): boolean {
  if (!/^[A-Za-z0-9_-]{43}$/.test(text)) return false;
  return fromBase64Url(text).byteLength === X25519_KEY_BYTES;
}

function refuseField(pointer: string, code: string, detail: string): Outcome<never> {
  const errors = [{ pointer, code, detail }];
  return refuse({
    status: 422,
    code: "validation_failed",
    detail: "The request is not valid.",
    errors,
  });
}
