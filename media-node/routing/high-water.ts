import { createHmac, timingSafeEqual } from "node:crypto";
import { readFile } from "node:fs/promises";
import { z } from "zod";
import { absentAs, writeDurably } from "./durable-file.ts";

/** The newest table that this node has written to disk: nothing older is ever taken again. */
export interface HighWaterMark {
  readonly epoch: number;
  readonly version: number;
}

const fileSchema = z.object({
  epoch: z.number().int().nonnegative(),
  version: z.number().int().nonnegative(),
  mac: z.string(),
});

export type HighWaterOutcome =
  | { readonly kind: "read"; readonly mark: HighWaterMark }
  | { readonly kind: "missing" }
  | { readonly kind: "altered" };

export async function readHighWater(path: string, key: Buffer): Promise<HighWaterOutcome> {
  const text = await readFile(path, "utf8").catch(absentAs(null));
  if (text === null) return { kind: "missing" };
  const parsed = fileSchema.safeParse(parseJson(text));
  if (!parsed.success) return { kind: "altered" };
  const { epoch, version } = parsed.data;
  const expected = macOf({ epoch, version }, key);
  const given = Buffer.from(parsed.data.mac, "hex");
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) {
    return { kind: "altered" };
  }
  return { kind: "read", mark: { epoch, version } };
}

export async function writeHighWater(
  path: string,
  key: Buffer,
  mark: HighWaterMark,
): Promise<void> {
  const mac = macOf(mark, key).toString("hex");
  await writeDurably(path, JSON.stringify({ epoch: mark.epoch, version: mark.version, mac }));
}

/** Whether `a` is older than `b`: an epoch counts before every version in it. */
export function isOlder(a: HighWaterMark, b: HighWaterMark): boolean {
  return a.epoch < b.epoch || (a.epoch === b.epoch && a.version < b.version);
}

function macOf(mark: HighWaterMark, key: Buffer): Buffer {
  return createHmac("sha256", key).update(`${mark.epoch}.${mark.version}`).digest();
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
