import type { AllowRule, FaultSide, TrunkTestFailure } from "../../schema/contracts/trunk-test.ts";
import type { SipTarget } from "../engine/resolver.ts";
import type { FindingCode } from "./finding.ts";

/** What a finding means, seen from a node that tests a trunk. */
interface FaultRow {
  /** `peer`: whoever runs the SIP server that the trunk names. */
  readonly side: FaultSide | "peer";
  readonly hint: string;
  /** Whether a rule in a firewall may be what is missing. */
  readonly mayBeFirewall: boolean;
}

const row = (side: FaultRow["side"], hint: string, mayBeFirewall = false): FaultRow => ({
  side,
  hint,
  mayBeFirewall,
});

const FAULTS: Readonly<Record<FindingCode, FaultRow>> = {
  dns_unanswered: row(
    "dns",
    "Ask whoever runs the zone: its name servers are down, unreachable from the Internet, or the delegation is broken.",
  ),
  dns_no_records: row(
    "dns",
    "Check the spelling of `address`; the name needs an A record, or SRV records of the chosen transport.",
  ),
  address_not_public: row(
    "dns",
    "Give the public address, or have the public DNS answer with it: what a private zone answers cannot be called.",
  ),
  tcp_timed_out: row(
    "customer_firewall",
    "Packets are dropped: allow the rule below in the firewall before the PBX, and check its port forwarding.",
    true,
  ),
  tcp_refused: row(
    "peer",
    "Nothing listens on this port, or a firewall rejects: check port and transport, then the rule below.",
    true,
  ),
  tcp_unreachable: row(
    "customer_firewall",
    "A router or firewall on the way refuses the packets: allow the rule below.",
    true,
  ),
  tcp_reset: row(
    "customer_firewall",
    "The connection is cut off as it begins, as intrusion prevention and SIP inspection do: exempt the rule below.",
    true,
  ),
  no_route: row(
    "trunkline",
    "The node has no route to this kind of address (IPv6 without a route, most likely): give an IPv4 address.",
  ),
  tls_silent: row(
    "peer",
    "The port is open and no handshake is answered: check that TLS is enabled on it, and that no SIP ALG sits between.",
    true,
  ),
  tls_closed: row(
    "peer",
    "The peer hangs up in the handshake, as it does where its list of addresses lacks ours, or with no certificate set.",
    true,
  ),
  tls_not_spoken: row(
    "trunk_settings",
    "Use transport `tcp`, or the port on which the peer speaks TLS, 5061 as a rule.",
  ),
  tls_version: row("peer", "Enable TLS 1.2 or 1.3 with ECDHE suites on the peer."),
  tls_client_certificate: row(
    "peer",
    "Have the peer trust the authority of the node's certificate, or ask for none.",
  ),
  tls_expired: row("peer", "Renew the certificate of the peer, its intermediates included."),
  tls_not_yet_valid: row("peer", "Set the clock of the peer, or wait for `not_before`."),
  tls_untrusted: row(
    "peer",
    "Install a certificate of a public authority; one that is self-signed or of a private authority is not trusted.",
  ),
  tls_incomplete_chain: row(
    "peer",
    "Have the peer send its intermediate certificates as well (the `fullchain` file of most authorities).",
  ),
  tls_wrong_name: row(
    "peer",
    "Give as `address` one of the names that the certificate shows, or have it reissued for this one.",
  ),
  tls_failed: row("peer", "The TLS log of the peer says more."),
  sip_silent: row(
    "peer",
    "Requests arrive nowhere: the peer ignores addresses that it does not know, or a SIP ALG eats them. Add the block below to its list.",
    true,
  ),
  sip_closed: row(
    "peer",
    "The peer hangs up on requests, as it does for addresses that it does not know: add the block below to its list.",
    true,
  ),
  sip_not_spoken: row(
    "trunk_settings",
    "This is another service: check port and transport of the trunk.",
  ),
  sip_unavailable: row("peer", "Calls are refused until the peer is in service again."),
  credentials_missing: row(
    "trunk_settings",
    "Give `credentials` of the trunk, or have the peer know us by address.",
  ),
  digest_unsupported: row("peer", "Have it ask by Digest with MD5 or SHA-256 and `qop` auth."),
  digest_rejected: row(
    "trunk_settings",
    "Compare user name and password with the peer's; some want the authentication name, which is not the number.",
  ),
  digest_forbidden: row(
    "peer",
    "Check that the account is active and may be used from the block below.",
    true,
  ),
  invite_not_dialable: row("trunk_settings", "Give a number, or the user part of a SIP URI."),
  invite_forbidden: row(
    "peer",
    "Check its list of addresses, whether this caller number may be shown, and whether the destination is allowed.",
    true,
  ),
  invite_number_refused: row(
    "trunk_settings",
    "Try another form of the number: `caller_identity.number_form` says with or without `+`.",
  ),
  invite_media_refused: row(
    "trunk_settings",
    "Compare `media_encryption` and `enabled_codecs` with what the peer takes.",
  ),
  invite_redirected: row("peer", "Give the address that it redirects to as the trunk's own."),
  invite_refused: row("peer", "Its own log of the call says why."),
  invite_failed: row("peer", "The peer closes connections on INVITE: its own log says why."),
  invite_silent: row(
    "peer",
    "OPTIONS is answered and INVITE is not: its dial plan or its list of addresses differs for calls.",
    true,
  ),
};

/** Rules of the published port table for requests of ours: calls, and trunk tests. */
const TCP_RULES = [3, 5];
const UDP_RULES = [11];

export interface FaultContext {
  readonly peerSide: "pbx" | "carrier";
  /** The region's block, or the node's own address. */
  readonly from: readonly string[];
  /** Where the trunk is, as far as it is known by then. */
  readonly targets: readonly SipTarget[];
}

export function faultOf(code: FindingCode, context: FaultContext): TrunkTestFailure {
  const { side, hint, mayBeFirewall } = FAULTS[code];
  return {
    code,
    hint,
    side: side === "peer" ? context.peerSide : side,
    allow: mayBeFirewall ? allowRule(context) : null,
  };
}

function allowRule({ from, targets }: FaultContext): AllowRule | null {
  const [first] = targets;
  if (first === undefined) return null;
  const isUdp = first.transport === "udp";
  const alike = targets.filter(
    ({ port, transport }) => port === first.port && (transport === "udp") === isUdp,
  );
  return {
    rules: isUdp ? UDP_RULES : TCP_RULES,
    protocol: isUdp ? "udp" : "tcp",
    from: [...from],
    to: [...new Set(alike.map(({ address }) => address))],
    to_port: first.port,
  };
}
