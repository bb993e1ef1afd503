/**
 * What carriers and PBXs publish of their trunks, as data with its provenance. Nothing stands here that a source does not say:
 * what is not published is absent. Patterns hold `{name}` for the customer's own label.
 */

export type PresetTransport = "tcp" | "tls" | "udp";

/** Where a fact is written. */
interface PresetSource {
  readonly url: string;
  /** Which members of the preset it tells of. */
  readonly says: string;
}

export interface ProviderPreset {
  readonly id: string;
  readonly name: string;
  /**
   * `static`: takes and sends calls without a registration. `pbx`: a telephone system of the customer's own, at its own name.
   * `registration_only`: wants REGISTER, which is never sent here, so that no trunk to it can work.
   */
  readonly kind: "pbx" | "registration_only" | "static";
  /** Of `registration_only`: why no number can be imported from it, and what may help. */
  readonly reason: string | null;
  readonly outbound: {
    /** What stands in `address`, as it is or as a pattern. Null: the customer's own. */
    readonly address: string | null;
    /** Every address of the provider lies under one of these names. Empty: not published, or the customer's own. */
    readonly domains: readonly string[];
    /** What the provider takes, the one to choose first; its port where that is not the usual one. */
    readonly transports: readonly PresetTransport[];
    readonly port: number | null;
    /** Codecs of ours that the provider takes; empty: not published. */
    readonly codecs: readonly ("G722/8000" | "PCMA/8000" | "PCMU/8000")[];
  } | null;
  readonly inbound: {
    /** Where its INVITEs come from. Empty: not published. */
    readonly addresses: readonly string[];
    /** Names in certificates of its follow-up connections; empty: those of the outbound address. */
    readonly remoteDomains: readonly string[];
  } | null;
  /** How it knows a caller: by user name and password, by address, or by both at once. */
  readonly authentication: readonly ("address" | "credentials" | "both")[];
  /** What somebody who sets it up has to know. */
  readonly notes: readonly string[];
  readonly sources: readonly [PresetSource, ...PresetSource[]];
}

const IMPORT_GUIDE =
  "https://intercom.help/zeeg/en/articles/14782602-how-to-bring-your-own-phone-number-to-zeeg-using-a-sip-trunk";

/** The guide of a product in the same field lists who needs no registration and who does. */
const STATIC_TRUNK: PresetSource = { url: IMPORT_GUIDE, says: "kind: a static trunk" };

function registrationOnly(id: string, name: string, help: string): ProviderPreset {
  return {
    id,
    name,
    kind: "registration_only",
    reason: `${name} delivers calls only to a device that has registered, and no REGISTER is sent here. ${help}`,
    outbound: null,
    inbound: null,
    authentication: [],
    notes: [],
    sources: [{ url: IMPORT_GUIDE, says: "kind: confirmed as not usable without a registration" }],
  };
}

const BEHIND_A_PBX =
  "Register a PBX or an SBC with it, and have that send the calls here over a trunk without registration.";

export const PROVIDER_PRESETS: readonly ProviderPreset[] = [
  {
    id: "twilio",
    name: "Twilio Elastic SIP Trunking",
    kind: "static",
    reason: null,
    outbound: {
      address: "{name}.pstn.twilio.com",
      domains: ["twilio.com"],
      transports: ["tls", "tcp", "udp"],
      port: null,
      codecs: [],
    },
    inbound: {
      addresses: [
        "54.172.60.0/30",
        "54.244.51.0/30",
        "54.171.127.192/30",
        "35.156.191.128/30",
        "54.65.63.192/30",
        "54.169.127.128/30",
        "54.252.254.64/30",
        "177.71.206.192/30",
      ],
      remoteDomains: [],
    },
    authentication: ["credentials", "address"],
    notes: [
      "The host of the Request-URI must be the trunk's own termination name: Twilio tells the trunk by it.",
      "Secure trunking on: calls without SRTP are refused. Off: calls with SRTP are refused.",
      "All signalling blocks must be allowed; media come from 168.86.128.0/18, UDP 10000 to 60000.",
    ],
    sources: [
      {
        url: "https://www.twilio.com/docs/sip-trunking/ip-addresses",
        says: "inbound.addresses, media",
      },
      {
        url: "https://www.twilio.com/docs/sip-trunking/sending-sip-to-twilio-best-practices",
        says: "outbound.address, domains",
      },
      { url: "https://www.twilio.com/docs/api/errors/32207", says: "secure trunking" },
    ],
  },
  {
    id: "telnyx",
    name: "Telnyx",
    kind: "static",
    reason: null,
    outbound: {
      address: "sip.telnyx.com",
      domains: ["telnyx.com"],
      transports: ["tls", "tcp", "udp"],
      port: null,
      codecs: [],
    },
    inbound: {
      addresses: [
        "192.76.120.10/32",
        "64.16.250.10/32",
        "5.172.39.10/32",
        "5.172.39.25/32",
        "193.108.220.10/32",
        "193.108.220.25/32",
        "103.135.104.10/32",
        "103.135.104.25/32",
      ],
      remoteDomains: [],
    },
    authentication: ["credentials", "address"],
    notes: [
      "sip.telnyx.com is the region of the USA; sip-eu.telnyx.com is that of Europe.",
      "Calls come from two addresses of the region that the connection has chosen. RTP is UDP 16384 to 32768.",
    ],
    sources: [
      {
        url: "https://developers.telnyx.com/docs/voice/sip-trunking/routing/failover-and-retries",
        says: "inbound.addresses, regional names",
      },
      {
        url: "https://developers.telnyx.com/docs/voice/sip-trunking/network-configuration/ip-whitelisting",
        says: "transports and ports",
      },
    ],
  },
  {
    id: "didww",
    name: "DIDWW",
    kind: "static",
    reason: null,
    outbound: {
      address: "fra.eu.out.didww.com",
      domains: ["out.didww.com"],
      transports: ["tls", "tcp", "udp"],
      port: null,
      codecs: [],
    },
    inbound: {
      addresses: [
        "46.19.209.14/32",
        "46.19.210.14/32",
        "46.19.212.14/32",
        "46.19.213.14/32",
        "46.19.214.14/32",
        "46.19.215.14/32",
        "185.238.173.14/32",
        "2a01:ad00:1:14::14/128",
        "2a01:ad00:2:14::14/128",
        "2a01:ad00:4:14::14/128",
        "2a01:ad00:5:14::14/128",
        "2a01:ad00:6:14::14/128",
        "2a01:ad00:7:14::14/128",
        "2a01:ad00:8:14::14/128",
      ],
      remoteDomains: [],
    },
    authentication: ["both"],
    notes: [
      "Outbound trunks want the address and the password, and answer challenges for the realm out.didww.com. They are enabled on request.",
      "nyc.us, lac.us, mia.us, fra.eu, ams.eu, sg and hk are its places.",
    ],
    sources: [
      { url: "https://doc.didww.com/voice.json", says: "inbound.addresses (version 2026-09-16)" },
      {
        url: "https://doc.didww.com/voice/outbound-trunks/outbound-sip-information.html",
        says: "outbound.address, domains, transports, realm",
      },
      {
        url: "https://doc.didww.com/voice/outbound-trunks/authentication-security.html",
        says: "authentication",
      },
    ],
  },
  {
    id: "vonage",
    name: "Vonage SIP Trunking",
    kind: "static",
    reason: null,
    outbound: {
      address: "{name}.sip-us.vonage.com",
      domains: ["vonage.com", "nexmo.com"],
      transports: [],
      port: null,
      codecs: ["PCMU/8000", "PCMA/8000", "G722/8000"],
    },
    inbound: null,
    authentication: ["credentials", "address"],
    notes: [
      "Numbers are dialled in E.164; the calling number stands in From in E.164.",
      "sip-eu and sip-ap are the other regions.",
    ],
    sources: [
      {
        url: "https://developer.vonage.com/en/sip/technical-details",
        says: "outbound.address, codecs, authentication, number formats",
      },
      {
        url: "https://developer.vonage.com/en/voice/voice-api/guides/programmable-sip",
        says: "regional names",
      },
    ],
  },
  {
    id: "easybell",
    name: "easybell",
    kind: "static",
    reason: null,
    outbound: {
      address: "secure.sip.easybell.de",
      domains: ["easybell.de"],
      transports: ["tls", "udp"],
      port: null,
      codecs: [],
    },
    inbound: null,
    authentication: ["credentials", "address"],
    notes: [
      "Without a registration it needs the FQDN add-on of the SIP trunk, or Trusted IP of a business plan.",
      "Unencrypted: sip.easybell.de or voip.easybell.de over UDP, port 5060 or 5064. Encrypted: secure.sip.easybell.de over TLS.",
      "RTP is UDP 20000 to 50000.",
    ],
    sources: [
      {
        url: "https://en.easybell.de/help/cloud-pbx/answer/how-do-i-need-to-configure-my-firewall-for-easybell-voip-and-sip-trunking.html",
        says: "outbound.address, transports, RTP",
      },
      {
        url: "https://en.easybell.ch/help/telephone-connection/answer/trusted-ip-bei-sip-trunks-einrichten/",
        says: "authentication by address",
      },
      { url: IMPORT_GUIDE, says: "kind: static with the FQDN add-on" },
    ],
  },
  {
    id: "zadarma",
    name: "Zadarma",
    kind: "static",
    reason: null,
    outbound: {
      address: "sip.zadarma.com",
      domains: ["zadarma.com"],
      transports: [],
      port: null,
      codecs: [],
    },
    inbound: null,
    authentication: ["address"],
    notes: [
      "A SIP trunk there knows callers by their static address: enter the addresses of the region's published block.",
      "Calls to its numbers are sent to a SIP URI without a registration: enter the number's URI as an external server.",
    ],
    sources: [
      {
        url: "https://zadarma.com/en/support/faq/voip/what_is_the_sip_trunk/",
        says: "authentication, calls to a SIP URI",
      },
      {
        url: "https://www.bolna.ai/docs/api-reference/sip-trunks/create",
        says: "outbound.address, of a product that connects to it",
      },
      STATIC_TRUNK,
    ],
  },
  {
    id: "exotel",
    name: "Exotel vSIP",
    kind: "static",
    reason: null,
    outbound: { address: null, domains: [], transports: ["tcp", "tls"], port: 5070, codecs: [] },
    inbound: null,
    authentication: ["address"],
    notes: ["TCP is on port 5070, TLS on port 443: `port` says which."],
    sources: [
      {
        url: "https://support.exotel.com/support/solutions/articles/3000132414-exotel-virtual-sip-trunking-vsip-master-support-guide-alpha-",
        says: "transports and ports",
      },
    ],
  },
  {
    id: "3cx",
    name: "3CX (hosted)",
    kind: "pbx",
    reason: null,
    outbound: { address: null, domains: [], transports: [], port: null, codecs: [] },
    inbound: null,
    authentication: ["credentials", "address"],
    notes: [
      "`address` is the name of your own 3CX. Make a trunk there that needs no registration.",
    ],
    sources: [STATIC_TRUNK],
  },
  {
    id: "starface",
    name: "STARFACE",
    kind: "pbx",
    reason: null,
    outbound: { address: null, domains: [], transports: [], port: null, codecs: [] },
    inbound: null,
    authentication: ["credentials", "address"],
    notes: [
      "`address` is the name of your own STARFACE. Make a line there that needs no registration.",
    ],
    sources: [STATIC_TRUNK],
  },
  registrationOnly("sipgate", "sipgate", BEHIND_A_PBX),
  registrationOnly("placetel", "Placetel", BEHIND_A_PBX),
  registrationOnly("peoplefone", "peoplefone", BEHIND_A_PBX),
  registrationOnly("nfon", "NFON", BEHIND_A_PBX),
  registrationOnly(
    "fritzbox",
    "FRITZ!Box",
    "It is itself a device that registers: bring the number of the carrier behind it.",
  ),
];

/** Null when there is none of this identifier. */
export function findPreset(id: string): ProviderPreset | null {
  return PROVIDER_PRESETS.find((preset) => preset.id === id) ?? null;
}
