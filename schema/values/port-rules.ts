/**
 * What a customer's firewall must let through: the one table behind `rules.csv`, `ip-ranges.json`, the
 * page, the generated firewall rules and the documents.
 */

/** What an address of ours is used for. */
export const RANGE_SERVICES = ["sip", "rtp", "webhook", "agent", "probe"] as const;
export type RangeService = (typeof RANGE_SERVICES)[number];

export interface PortSettings {
  /** Inclusive; where the nodes of the deployment receive media. */
  readonly rtpPorts: { readonly first: number; readonly last: number };
  /** Whether the nodes take SIP over UDP. */
  readonly isSipUdpOpen: boolean;
  /** Whether the nodes answer STUN binding requests; absent: they do not. */
  readonly isStunOpen?: boolean;
}

export interface PortRule {
  /** Never given to another rule. */
  readonly id: number;
  /** Who opens the flow, seen from the customer. */
  readonly direction: "out" | "in" | "both";
  readonly protocol: "tcp" | "udp";
  readonly customerSide: string;
  /** A port, `first-last`, several separated by a blank, or `any`. */
  readonly customerPort: string;
  /** Null: not in the static block. */
  readonly service: RangeService | null;
  /** Who it is where `service` is null. */
  readonly otherSide: string | null;
  readonly ourPort: string;
  readonly purpose: string;
  readonly isRequired: boolean;
  readonly notes: string;
}

export const SIPS_PORT = 5061;
export const SIP_PORT = 5060;
/** Between the nodes of a region, on their private addresses: no customer's firewall sees it. */
export const RELAY_PORT = 5071;
/** RFC 8489 §8.1. */
export const STUN_PORT = 3478;

/** The rules of a deployment, by id. */
export function portRules({
  isSipUdpOpen,
  isStunOpen = false,
  rtpPorts,
}: PortSettings): readonly PortRule[] {
  const rtp = `${rtpPorts.first}-${rtpPorts.last}`;
  const pbx = "PBX or SBC";
  const ours = { customerSide: pbx, otherSide: null } as const;
  const always: PortRule[] = [
    {
      ...ours,
      id: 1,
      direction: "out",
      protocol: "tcp",
      customerPort: "any",
      service: "sip",
      ourPort: String(SIPS_PORT),
      purpose: "inbound calls over TLS",
      isRequired: true,
      notes: "TLS 1.2 or later; idle timeout 3600 s or keep-alives every 25 s",
    },
    {
      ...ours,
      id: 2,
      direction: "out",
      protocol: "tcp",
      customerPort: "any",
      service: "sip",
      ourPort: String(SIP_PORT),
      purpose: "inbound calls without TLS",
      isRequired: false,
      notes: "only for trunks that do not use TLS; disable SIP ALG",
    },
    {
      ...ours,
      id: 3,
      direction: "in",
      protocol: "tcp",
      customerPort: `${SIPS_PORT} ${SIP_PORT}`,
      service: "sip",
      ourPort: "any",
      purpose: "outbound calls; requests within a call whose connection has closed",
      isRequired: true,
      notes: "or the port that the trunk names; without it a BYE of ours may not arrive",
    },
    {
      ...ours,
      id: 4,
      direction: "both",
      protocol: "udp",
      customerPort: "the RTP ports of your side",
      service: "rtp",
      ourPort: rtp,
      purpose: "media: RTP or SRTP, and RTCP",
      isRequired: true,
      notes: "idle timeout 120 s or more; about 100 kbit/s a call each way; DSCP EF",
    },
    {
      ...ours,
      id: 5,
      direction: "in",
      protocol: "tcp",
      customerPort: `${SIPS_PORT} ${SIP_PORT}`,
      service: "probe",
      ourPort: "any",
      purpose: "trunk tests and OPTIONS",
      isRequired: false,
      notes: "without it tests of a trunk fail while calls pass",
    },
    {
      id: 6,
      direction: "in",
      protocol: "tcp",
      customerSide: "receiver of webhooks",
      customerPort: "443",
      service: "webhook",
      otherSide: null,
      ourPort: "any",
      purpose: "post-call webhooks of endpoints that ask for static addresses",
      isRequired: false,
      notes: "HTTPS; other endpoints are posted to from addresses that are not listed",
    },
    {
      id: 7,
      direction: "out",
      protocol: "tcp",
      customerSide: "API clients, browsers, firewalls",
      customerPort: "any",
      service: null,
      otherSide: "API and these lists",
      ourPort: "443",
      purpose: "HTTPS to the API and to these lists",
      isRequired: true,
      notes: "allow by name: its addresses are not in the static block",
    },
    {
      id: 8,
      direction: "out",
      protocol: "udp",
      customerSide: pbx,
      customerPort: "any",
      service: null,
      otherSide: "your DNS resolver",
      ourPort: "53",
      purpose: "look-ups of NAPTR, SRV and A (RFC 3263); TCP as well",
      isRequired: true,
      notes: "not needed where the trunk names an address",
    },
    {
      id: 9,
      direction: "in",
      protocol: "tcp",
      customerSide: "agent",
      customerPort: "443",
      service: "agent",
      otherSide: null,
      ourPort: "any",
      purpose: "WebSocket to the agent",
      isRequired: false,
      notes: "only for agents that you run; or the port of the agent's URL",
    },
    {
      id: 10,
      direction: "in",
      protocol: "tcp",
      customerSide: "receiver of webhooks",
      customerPort: "443",
      service: "agent",
      otherSide: null,
      ourPort: "any",
      purpose: "pre-call webhooks",
      isRequired: false,
      notes: "asked by the media node while it rings",
    },
  ];
  const udp: PortRule = {
    ...ours,
    id: 11,
    direction: "both",
    protocol: "udp",
    customerPort: String(SIP_PORT),
    service: "sip",
    ourPort: String(SIP_PORT),
    purpose: "calls over UDP",
    isRequired: false,
    notes: "only for trunks that use UDP; idle timeout 120 s or more; disable SIP ALG",
  };
  const stun: PortRule = {
    ...ours,
    id: 12,
    direction: "out",
    protocol: "udp",
    customerPort: "any",
    service: "sip",
    ourPort: String(STUN_PORT),
    purpose: "STUN: proves that UDP passes",
    isRequired: false,
    notes: "for tests only; requests shorter than the answer are not answered",
  };
  return [...always, ...(isSipUdpOpen ? [udp] : []), ...(isStunOpen ? [stun] : [])];
}
