import type { SipTarget } from "../../media-node/engine/resolver.ts";
import type { FindingCode } from "../../media-node/probe/finding.ts";
import type { EchoFindingCode } from "../../schema/contracts/echo-report.ts";
import type { AllowRule } from "../../schema/contracts/trunk-test.ts";

/** What can be in the way between a customer's network and an endpoint, by whose it is. */
type DoctorSide = "dns" | "your_firewall" | "your_settings" | "network" | "trunkline";

export type DoctorCode =
  | FindingCode
  | EchoFindingCode
  | "alg_rewrites"
  | "echo_refused"
  | "echo_not_heard";

export interface DoctorFailure {
  readonly code: DoctorCode;
  readonly side: DoctorSide;
  readonly hint: string;
  /** What your firewall has to let through, outwards; null where that cannot be the reason. */
  readonly allow: AllowRule | null;
}

interface FaultRow {
  readonly side: DoctorSide;
  readonly hint: string;
  readonly mayBeFirewall: boolean;
}

const row = (side: DoctorSide, hint: string, mayBeFirewall = false): FaultRow => ({
  side,
  hint,
  mayBeFirewall,
});

const OURS = row("trunkline", "Tell your contact, with this report.");
const INSPECTION =
  "A firewall or proxy cuts in: exempt the rule below from TLS and SIP inspection, and disable SIP ALG.";

const NOT_OURS = row(
  "your_firewall",
  "The certificate is not ours, as where a proxy inspects TLS: exempt the rule below. A private authority is named with `--ca`.",
  true,
);

const FAULTS: Readonly<Partial<Record<DoctorCode, FaultRow>>> = {
  dns_unanswered: row(
    "dns",
    "Your resolver gives no usable answer: let it ask the Internet (rule 8), or give it another upstream.",
  ),
  dns_no_records: row("dns", "Check the spelling of the host; your resolver may filter the name."),
  tcp_timed_out: row(
    "your_firewall",
    "Packets are dropped on the way out: allow the rule below.",
    true,
  ),
  tcp_unreachable: row("your_firewall", "The way out is closed: allow the rule below.", true),
  tcp_reset: row("your_firewall", INSPECTION, true),
  tcp_refused: row(
    "your_settings",
    "Check the port; where it is right, a firewall of yours rejects: allow the rule below.",
    true,
  ),
  no_route: row(
    "your_firewall",
    "This machine has no route to the address (IPv6 without a route?).",
  ),
  tls_silent: row("your_firewall", INSPECTION, true),
  tls_closed: row("your_firewall", INSPECTION, true),
  tls_not_spoken: row(
    "your_settings",
    "This port takes SIP in clear: use 5061, or `--transport tcp`.",
  ),
  tls_version: row("your_firewall", INSPECTION, true),
  tls_untrusted: NOT_OURS,
  tls_incomplete_chain: NOT_OURS,
  tls_not_yet_valid: row("your_settings", "Check the clock of this machine."),
  tls_wrong_name: row("your_settings", "Use a name that the certificate shows, not an address."),
  sip_silent: row("your_firewall", INSPECTION, true),
  sip_closed: row("your_firewall", INSPECTION, true),
  sip_not_spoken: row("your_settings", "This is another service: check host and port."),
  sip_unavailable: row(
    "trunkline",
    "The node takes no calls now (it may be draining): try again, or another.",
  ),
  echo_refused: row(
    "trunkline",
    "The endpoint answers OPTIONS and no call: tell your contact, with this report.",
  ),
  audio_not_received: row(
    "your_firewall",
    "UDP is dropped on the way in: let our RTP in (rule 4), and what answers packets that you have sent.",
  ),
  echo_not_heard: row(
    "your_firewall",
    "UDP is dropped on the way out, or much of it: let your media out to our RTP ports (rule 4).",
  ),
  alg_rewrites: row(
    "your_firewall",
    "Disable SIP ALG (SIP inspection, SIP helper) on your router or firewall: it changes messages, and calls fail of it.",
  ),
};

export function doctorFailure(code: DoctorCode, targets: readonly SipTarget[]): DoctorFailure {
  const { side, hint, mayBeFirewall } = FAULTS[code] ?? OURS;
  const [first] = targets;
  if (!mayBeFirewall || first === undefined) return { code, side, hint, allow: null };
  const isUdp = first.transport === "udp";
  const rule = isUdp ? 11 : first.transport === "tls" ? 1 : 2;
  const allow: AllowRule = {
    rules: [rule],
    protocol: isUdp ? "udp" : "tcp",
    from: ["your PBX or SBC"],
    to: [...new Set(targets.filter(({ port }) => port === first.port).map((one) => one.address))],
    to_port: first.port,
  };
  return { code, side, hint, allow };
}
