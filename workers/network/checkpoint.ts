import {
  blocksOf,
  type FeedDocument,
  type FeedFile,
  inUse,
  jsonFile,
  regionsOf,
  slugOf,
} from "./document.ts";

/** RFC 9562 §6.6: names that are URLs. */
const URL_NAMESPACE = "6ba7b8119dad11d180b400c04fd430c8";

/** A generic data center of Check Point: one object for all and one for each region, with ids that stay. */
export async function renderCheckPoint(document: FeedDocument): Promise<FeedFile[]> {
  const { settings, version } = document;
  const current = inUse(document);
  if (current.length === 0) return [];
  const slug = slugOf(settings);
  const groups = [
    { name: slug, ranges: blocksOf(current), what: "all regions" },
    ...regionsOf(current).map((region) => ({
      name: `${slug}-${region}`,
      ranges: blocksOf(current, { region }),
      what: `region ${region}`,
    })),
  ];
  const path = "/network/checkpoint.json";
  const objects = await Promise.all(
    groups.map(async ({ name, ranges, what }) => ({
      name,
      id: await nameBasedUuid(`${settings.url}${path}#${name}`),
      description: `${settings.provider}, ${what}, version ${version}`,
      ranges,
    })),
  );
  const description = `${settings.provider} static ranges, version ${version}`;
  return [jsonFile(path, { version: "1.0", description, objects })];
}

/** RFC 9562 §5.5: UUID version 5 of a URL. */
async function nameBasedUuid(url: string): Promise<string> {
  const name = new TextEncoder().encode(url);
  const bytes = new Uint8Array(16 + name.length);
  bytes.set(Uint8Array.from(URL_NAMESPACE.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16)));
  bytes.set(name, 16);
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-1", bytes)).slice(0, 16);
  hash[6] = ((hash[6] ?? 0) & 0x0f) | 0x50;
  hash[8] = ((hash[8] ?? 0) & 0x3f) | 0x80;
  const hex = Array.from(hash, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}
