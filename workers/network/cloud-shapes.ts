import { RANGE_SERVICES } from "../../schema/values/port-rules.ts";
import {
  blocksOf,
  type FeedDocument,
  type FeedFile,
  type FeedRange,
  familyOf,
  inUse,
  jsonFile,
  regionsOf,
  slugOf,
  timeText,
} from "./document.ts";

/** The shapes that scripts for the large clouds parse already. */
export function renderCloudShapes(document: FeedDocument): FeedFile[] {
  const current = inUse(document);
  if (current.length === 0) return [];
  return [renderAws(document, current), renderAzure(document, current), renderGoog(document)];
}

/** As AWS's `ip-ranges.json`: a row for each service of a prefix. */
function renderAws({ version, publishedAtMs }: FeedDocument, current: readonly FeedRange[]) {
  const rows = (family: 4 | 6, key: "ip_prefix" | "ipv6_prefix") =>
    current
      .filter((range) => familyOf(range) === family)
      .flatMap((range) =>
        range.services.map((service) => ({
          [key]: range.prefix,
          region: range.region,
          service: service.toUpperCase(),
          network_border_group: range.region,
        })),
      );
  return jsonFile("/network/aws.json", {
    syncToken: String(version),
    createDate: timeText(publishedAtMs).slice(0, 19).replaceAll(/[T:]/g, "-"),
    prefixes: rows(4, "ip_prefix"),
    ipv6_prefixes: rows(6, "ipv6_prefix"),
  });
}

/** As Azure's service tags: one for each region and service, with the number of its own last change. */
function renderAzure(document: FeedDocument, current: readonly FeedRange[]) {
  const { settings, version } = document;
  const platform = settings.provider;
  const name = (service: string, region: string) =>
    `${slugOf(settings)}.${service}${region === "" ? "" : `.${region}`}`;
  const groups = RANGE_SERVICES.flatMap((service) =>
    ["", ...regionsOf(current)].map((region) => ({ service, region })),
  );
  const values = groups.flatMap(({ service, region }) => {
    const filter = { service, ...(region === "" ? {} : { region }) };
    const addressPrefixes = blocksOf(current, filter);
    if (addressPrefixes.length === 0) return [];
    const changeNumber = region === "" ? version : (document.regionVersions[region] ?? version);
    const id = name(service, region);
    return [
      {
        name: id,
        id,
        properties: { changeNumber, region, platform, systemService: service, addressPrefixes },
      },
    ];
  });
  return jsonFile("/network/azure.json", { changeNumber: version, cloud: "Public", values });
}

/** As Google's `goog.json`. */
function renderGoog(document: FeedDocument) {
  const current = inUse(document);
  return jsonFile("/network/goog.json", {
    syncToken: String(document.version),
    creationTime: timeText(document.publishedAtMs).slice(0, 19),
    prefixes: [
      ...blocksOf(current, { family: 4 }).map((ipv4Prefix) => ({ ipv4Prefix })),
      ...blocksOf(current, { family: 6 }).map((ipv6Prefix) => ({ ipv6Prefix })),
    ],
  });
}
