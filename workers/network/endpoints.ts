import { portRules, RANGE_SERVICES, type RangeService } from "../../schema/values/port-rules.ts";
import {
  blocksOf,
  type FeedDocument,
  type FeedFile,
  inUse,
  jsonFile,
  timeText,
} from "./document.ts";

/** A service's number stays, whatever else is offered. */
const ENDPOINT_IDS = {
  sip: 1,
  rtp: 2,
  webhook: 3,
  agent: 4,
  probe: 5,
} as const satisfies Record<RangeService, number>;

const DISPLAY_NAMES = {
  sip: "SIP signalling",
  rtp: "Media",
  webhook: "Webhooks",
  agent: "Agents and pre-call webhooks",
  probe: "Trunk tests",
} as const satisfies Record<RangeService, string>;

/** The shapes of the Office 365 endpoint service: `endpoints.json` and `version`. */
export function renderEndpoints(document: FeedDocument): FeedFile[] {
  const { settings, version, publishedAtMs } = document;
  const current = inUse(document);
  const rules = portRules(settings.ports);
  const endpoints = RANGE_SERVICES.flatMap((service) => {
    const ips = blocksOf(current, { service });
    if (ips.length === 0) return [];
    const own = rules.filter((rule) => rule.service === service);
    const ports = (protocol: "tcp" | "udp") =>
      [
        ...new Set(
          own
            .filter((rule) => rule.protocol === protocol)
            .flatMap(({ direction, customerPort, ourPort }) =>
              (direction === "in" ? customerPort : ourPort).split(" "),
            ),
        ),
      ].join(",");
    return [
      {
        id: ENDPOINT_IDS[service],
        serviceArea: service,
        serviceAreaDisplayName: DISPLAY_NAMES[service],
        urls: service === "sip" ? [settings.sipDomain, `*.${settings.sipDomain}`] : [],
        ips,
        tcpPorts: ports("tcp"),
        udpPorts: ports("udp"),
        expressRoute: false,
        category: "Allow",
        required: own.some(({ isRequired }) => isRequired),
        notes: own.map(({ id, purpose }) => `${id}: ${purpose}`).join("; "),
      },
    ];
  });
  return [
    ...(endpoints.length === 0 ? [] : [jsonFile("/network/endpoints.json", endpoints)]),
    jsonFile("/network/version", {
      instance: "Worldwide",
      latest: String(version),
      version,
      published_at: timeText(publishedAtMs),
    }),
  ];
}
