import { SIPS_PORT } from "../../schema/values/port-rules.ts";
import {
  type FeedDocument,
  type FeedFile,
  type FeedRange,
  inUse,
  jsonFile,
  textFile,
  timeText,
} from "./document.ts";

/** Suites of the nodes under TLS 1.2 and 1.3, strongest wishes first, by their IANA names. */
const CIPHERS = [
  "TLS_AES_128_GCM_SHA256",
  "TLS_AES_256_GCM_SHA384",
  "TLS_CHACHA20_POLY1305_SHA256",
  "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
  "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
  "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
  "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
  "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
  "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256",
];

/** What an auditor asks for: how TLS is spoken, and how to check whose the addresses are. */
export function renderProof(document: FeedDocument): FeedFile[] {
  const current = inUse(document);
  if (current.length === 0) return [];
  const { settings, version, publishedAtMs } = document;
  const roots = settings.tlsRoots;
  return [
    jsonFile("/network/tls.json", {
      version,
      endpoints: [settings.sipDomain, `*.${settings.sipDomain}`].map((fqdn) => ({
        fqdn,
        port: SIPS_PORT,
        min_version: "TLSv1.2",
        ciphers: CIPHERS,
        alpn: [],
        sni: "sent and expected",
      })),
      roots: roots.map(({ sha256 }) => ({ sha256 })),
      roots_url: roots.length === 0 ? null : `${settings.url}/network/tls-roots.pem`,
      mtls: { client_certificate: "on request" },
      pinning_advice: "root",
      root_change_notice_days: 60,
    }),
    ...(roots.length === 0
      ? []
      : [
          textFile(
            "/network/tls-roots.pem",
            roots.flatMap(({ pem }) => pem.trim().split(/\r?\n/)),
            "application/x-pem-file",
          ),
        ]),
    jsonFile("/network/evidence.json", {
      version,
      published_at: timeText(publishedAtMs),
      prefixes: current.map(evidenceOf),
    }),
  ];
}

/** What is claimed, and the commands that check it: nobody need believe us. */
function evidenceOf(range: FeedRange) {
  const { prefix, asn, holder, form } = range;
  const [network = ""] = prefix.split("/");
  const isBrought = form === "brought_block";
  return {
    prefix,
    region: range.region,
    holder,
    form,
    is_own: isBrought,
    anycast: false,
    asn,
    rdap_url: `https://rdap.org/ip/${prefix}`,
    rpki_url:
      asn === null
        ? null
        : `https://stat.ripe.net/data/rpki-validation/data.json?resource=AS${asn}&prefix=${prefix}`,
    check: [
      `curl -sL https://rdap.org/ip/${prefix}`,
      `dig +short -x ${network}`,
      ...(asn === null ? [] : [`whois -h whois.radb.net -- '-i origin AS${asn}'`]),
    ],
  };
}
