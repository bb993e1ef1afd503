import { readFile } from "node:fs/promises";
import { z } from "zod";
import { type Cidr, cidrContains, parseCidr } from "../../schema/values/cidr.ts";
import { UserError } from "../user-error.ts";
import type { DoctorStage } from "./examine.ts";

const FETCH_TIMEOUT_MS = 10_000;

/** Of `/network/ip-ranges.json`, as far as it is needed. */
const rangesSchema = z.object({
  prefixes: z.array(z.object({ prefix: z.string(), services: z.array(z.string()) })),
});

/**
 * The blocks that a deployment has published for signalling.
 * @throws UserError
 */
export async function readPublishedBlocks(place: string): Promise<readonly Cidr[]> {
  let json: unknown;
  try {
    json = JSON.parse(
      /^https?:/.test(place) ? await fetchText(place) : await readFile(place, "utf8"),
    );
  } catch (cause) {
    throw new UserError(`${place} cannot be read: name an ip-ranges.json with --feed.`, { cause });
  }
  const parsed = rangesSchema.safeParse(json);
  if (!parsed.success) throw new UserError(`${place} is no ip-ranges.json.`);
  return parsed.data.prefixes
    .filter(({ services }) => services.includes("sip"))
    .flatMap(({ prefix }) => parseCidr(prefix) ?? []);
}

async function fetchText(url: string): Promise<string> {
  const answer = await fetch(url, { signal: AbortSignal.timeout(FETCH_TIMEOUT_MS) });
  if (!answer.ok) throw new Error(`status ${answer.status}`);
  return await answer.text();
}

/** What has to be allowed as the feed names it: a firewall allows blocks, and the next call is to another node. */
export function inBlocks(stage: DoctorStage, blocks: readonly Cidr[]): DoctorStage {
  const { failure } = stage;
  if (failure === null || failure.allow === null) return stage;
  const to = failure.allow.to.map(
    (address) => blocks.find((block) => cidrContains(block, address)) ?? address,
  );
  return { ...stage, failure: { ...failure, allow: { ...failure.allow, to: [...new Set(to)] } } };
}
