import { fromBase64Url, toBase64Url } from "../../schema/sealing/sealing.ts";
import type { AppDeps } from "../app-type.ts";
import type { RecordingRow } from "../db/recordings.ts";
import { addressKey } from "./recording-keys.ts";
import { signBucketUrl } from "./sign-bucket-url.ts";

/** Addresses that give a recording to whoever has them, for five minutes. */

const URL_SECS = 300;

type UrlDeps = Pick<AppDeps, "config" | "clock">;

export interface RecordingUrl {
  readonly href: string;
  readonly expiresAtSecs: number;
}

/** In the bucket where it is there, else at this Worker. */
export async function recordingUrl(
  { config, clock }: UrlDeps,
  { conversationId, format, place, workspaceId }: RecordingRow,
  origin: string,
): Promise<RecordingUrl | null> {
  const nowMs = clock();
  const expiresAtSecs = Math.floor(nowMs / 1_000) + URL_SECS;
  if (place === null) return null;
  if (place.kind === "bucket") {
    if (config.bucket === null) return null;
    const disposition = `attachment; filename="${conversationId}.${format}"`;
    const terms = { key: place.key, nowMs, expiresSecs: URL_SECS, disposition };
    const url = await signBucketUrl(config.bucket, { method: "GET", ...terms });
    return { href: url.href, expiresAtSecs };
  }
  const url = new URL(`/v1/recordings/${conversationId}`, origin);
  url.searchParams.set("workspace_id", workspaceId);
  url.searchParams.set("expires", String(expiresAtSecs));
  const key = await addressKey(config);
  const signature = await crypto.subtle.sign("HMAC", key, signed(url));
  url.searchParams.set("signature", toBase64Url(new Uint8Array(signature)));
  return { href: url.href, expiresAtSecs };
}

/** Whether this Worker made the address, and its time is not over. Compares in constant time. */
export async function isRecordingUrl({ config, clock }: UrlDeps, href: string): Promise<boolean> {
  const url = new URL(href);
  const signature = url.searchParams.get("signature") ?? "";
  const expires = url.searchParams.get("expires") ?? "";
  if (!/^[A-Za-z0-9_-]{43}$/.test(signature) || !/^\d{1,12}$/.test(expires)) return false;
  if (Number(expires) * 1_000 < clock()) return false;
  const key = await addressKey(config);
  return crypto.subtle.verify("HMAC", key, fromBase64Url(signature), signed(url));
}

function signed({ pathname, searchParams }: URL): Uint8Array<ArrayBuffer> {
  const text = `${pathname}\n${searchParams.get("workspace_id")}\n${searchParams.get("expires")}`;
  return new Uint8Array(new TextEncoder().encode(text));
}
