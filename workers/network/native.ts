import { NOTICE_DAYS } from "../../schema/contracts/network.ts";
import { portRules } from "../../schema/values/port-rules.ts";
import {
  type FeedDocument,
  type FeedFile,
  type FeedRange,
  familyOf,
  inUse,
  jsonFile,
  timeText,
} from "./document.ts";

/** `ip-ranges.json`: everything that the table says, in our own words. */
export function renderNative(document: FeedDocument): FeedFile[] {
  const { settings, version, publishedAtMs } = document;
  const current = inUse(document);
  if (current.length === 0) return [];
  return [
    jsonFile("/network/ip-ranges.json", {
      version,
      created_at: timeText(publishedAtMs),
      provider: settings.provider,
      policy_url: `${settings.url}/network`,
      change_notice_days: NOTICE_DAYS,
      // Every state: whoever takes them all allows in time what is to come.
      prefixes: document.ranges.map(entryOf),
      ports: portRules(settings.ports).map((rule) => ({
        id: rule.id,
        direction_from_customer: rule.direction,
        protocol: rule.protocol,
        customer_side: rule.customerSide,
        customer_port: rule.customerPort,
        our_side: rule.service ?? rule.otherSide,
        our_port: rule.ourPort,
        in_static_block: rule.service !== null,
        purpose: rule.purpose,
        required: rule.isRequired,
        notes: rule.notes,
      })),
      fqdns: [settings.sipDomain, `*.${settings.sipDomain}`],
      deprecated: current.filter(({ state }) => state === "deprecated").map(entryOf),
      pending: document.ranges.filter(({ state }) => state === "pending").map(entryOf),
    }),
  ];
}

function entryOf(range: FeedRange) {
  return {
    prefix: range.prefix,
    family: familyOf(range),
    region: range.region,
    geo: range.geo,
    services: range.services,
    direction: range.direction,
    form: range.form,
    holder: range.holder,
    asn: range.asn,
    state: range.state,
    active_from: timeText(range.activeFromMs),
    remove_after: range.removeAfterMs === null ? null : timeText(range.removeAfterMs),
    range_id: range.id,
  };
}
