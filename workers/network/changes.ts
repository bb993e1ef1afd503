import { z } from "zod";
import type { RangeChange } from "../../schema/contracts/network.ts";
import {
  dayText,
  type FeedDocument,
  type FeedFile,
  type FeedVersion,
  jsonFile,
  textFile,
  timeText,
} from "./document.ts";
import { escapeXml } from "./escape.ts";

export const CHANGES_PATH = "/network/changes";
/** Entries of the Atom feed; older ones are in `changes`. */
const ATOM_ENTRIES = 50;

const DISPOSITIONS = {
  announce: { word: "add", impact: "AddedIp" },
  activate: { word: "change", impact: "IpInUse" },
  deprecate: { word: "remove", impact: "RemovedIp" },
  remove: { word: "removed", impact: "RemovedIp" },
  withdraw: { word: "removed", impact: "WithdrawnIp" },
} as const satisfies Record<RangeChange["disposition"], { word: string; impact: string }>;

/** What each version has changed: as JSON, oldest first, and as an Atom feed (RFC 4287), newest first. */
export function renderChanges(document: FeedDocument): FeedFile[] {
  return [
    jsonFile(CHANGES_PATH, {
      version: document.version,
      versions: document.versions.map(versionEntry),
    }),
    textFile("/network/changes.atom", atomLines(document), "application/atom+xml; charset=utf-8"),
  ];
}

const changesBodySchema = z.object({
  version: z.number(),
  versions: z.array(z.looseObject({ version: z.number() })),
});

/** The body of `changes?since=N`, out of the whole one: versions above N. */
export function changesAfter(body: string, since: number): string {
  const whole = changesBodySchema.parse(JSON.parse(body));
  const versions = whole.versions.filter(({ version }) => version > since);
  return jsonFile(CHANGES_PATH, { ...whole, versions }).body;
}

function versionEntry({ version, publishedAtMs, notice, reason, changes }: FeedVersion) {
  return {
    version,
    published_at: timeText(publishedAtMs),
    notice,
    reason,
    changes: changes.map((change, index) => ({
      // As the Office 365 service has it: never given twice.
      id: version * 1000 + index,
      disposition: DISPOSITIONS[change.disposition].word,
      event: change.disposition,
      prefix: change.prefix,
      region: change.region,
      services: change.services,
      effective_date: dayText(change.effective_at_ms),
      effective_at: timeText(change.effective_at_ms),
      impact: DISPOSITIONS[change.disposition].impact,
      range_id: change.range_id,
    })),
  };
}

/** A change in words, for people. */
export function sentenceOf(change: RangeChange): string {
  const { prefix, region, services } = change;
  const day = dayText(change.effective_at_ms);
  const what = `${prefix} (${region}: ${services.join(", ")})`;
  switch (change.disposition) {
    case "announce":
      return `${what} is added: allow it before ${day}, from when it may be used.`;
    case "activate":
      return `${what} is in use.`;
    case "deprecate":
      return `${what} is going: keep it allowed until ${day}.`;
    case "remove":
      return `${what} is gone: it may be taken out of your rules.`;
    case "withdraw":
      return `${what} will not come: it was never in use.`;
    default:
      return change.disposition satisfies never;
  }
}

function atomLines({ settings, versions, publishedAtMs }: FeedDocument): string[] {
  const host = new URL(settings.url).hostname;
  const first = versions[0]?.publishedAtMs ?? publishedAtMs;
  const tag = (what: string) => `tag:${host},${dayText(first).slice(0, 4)}:${what}`;
  const newest = versions.slice(-ATOM_ENTRIES).reverse();
  return [
    '<?xml version="1.0" encoding="utf-8"?>',
    '<feed xmlns="http://www.w3.org/2005/Atom">',
    `  <id>${escapeXml(tag("ranges"))}</id>`,
    `  <title>${escapeXml(settings.provider)} static addresses</title>`,
    `  <updated>${timeText(publishedAtMs)}</updated>`,
    `  <author><name>${escapeXml(settings.provider)}</name></author>`,
    `  <link rel="self" type="application/atom+xml" href="${escapeXml(settings.url)}/network/changes.atom"/>`,
    `  <link rel="alternate" type="text/html" href="${escapeXml(settings.url)}/network"/>`,
    ...newest.flatMap((entry) => [
      "  <entry>",
      `    <id>${escapeXml(tag(`ranges:${entry.version}`))}</id>`,
      `    <title>${escapeXml(titleOf(entry))}</title>`,
      `    <updated>${timeText(entry.publishedAtMs)}</updated>`,
      `    <link rel="alternate" type="application/json" href="${escapeXml(settings.url)}${CHANGES_PATH}?since=${entry.version - 1}"/>`,
      `    <summary>${escapeXml(summaryOf(entry))}</summary>`,
      "  </entry>",
    ]),
    "</feed>",
  ];
}

export function titleOf({ version, notice, changes }: FeedVersion): string {
  const count = changes.length === 1 ? "1 change" : `${changes.length} changes`;
  return `Version ${version}: ${count}${notice === "emergency" ? ", emergency" : ""}`;
}

function summaryOf({ changes, reason }: FeedVersion): string {
  const sentences = changes.map(sentenceOf);
  return [...sentences, ...(reason === null ? [] : [`Reason: ${reason}`])].join(" ");
}
