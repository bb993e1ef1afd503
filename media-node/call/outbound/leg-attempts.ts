import type { OutboundTrunkRoute } from "../../../schema/contracts/routing.ts";
import type { RtpProfile } from "../../protocol/sdp/audio-line.ts";

/** One form of the INVITE to a trunk. */
export interface LegAttempt {
  /** `sip:` URI of where it goes. */
  readonly nextHop: string;
  readonly profile: RtpProfile;
  /** What the attempt before it must have come to. */
  readonly after: "nothing" | "media_refused" | "unreachable";
}

type LegTrunk = Pick<
  OutboundTrunkRoute,
  "address" | "transport" | "mediaEncryption" | "insecureSdes"
>;

/**
 * DESIGN §6, "Media encryption": what is offered to a trunk, and over what, first to last. Null: the trunk wants
 * encryption over a transport that shows the keys.
 *
 * With `auto` and encryption `allowed` one offer would do for no transport: keys in a plain INVITE are no secret, and a
 * plain offer gives away what TLS could have. So the TLS targets come first, with keys, and then all, without.
 */
export function legAttempts(trunk: LegTrunk): readonly LegAttempt[] | null {
  const { mediaEncryption: encryption, insecureSdes } = trunk;
  const transport = knownTransport(trunk);
  const to = (named: string | null): string =>
    `sip:${trunk.address}${named === null ? "" : `;transport=${named}`}`;
  const first = (named: string | null, profile: RtpProfile): LegAttempt => ({
    nextHop: to(named),
    profile,
    after: "nothing",
  });
  if (encryption === "disabled") return [first(namedOf(trunk), "RTP/AVP")];
  if (encryption === "required") {
    if (insecureSdes) return [first(namedOf(trunk), "RTP/SAVP")];
    const isPlain = trunk.transport === "tcp" || trunk.transport === "udp";
    return isPlain ? null : [first("tls", "RTP/SAVP")];
  }
  if (transport === "tcp" || transport === "udp") return [first(namedOf(trunk), "RTP/AVP")];
  const overTls: readonly LegAttempt[] = [
    first("tls", "RTP/SAVP"),
    { nextHop: to("tls"), profile: "RTP/AVP", after: "media_refused" },
  ];
  if (transport === "tls") return overTls;
  return [...overTls, { nextHop: to(null), profile: "RTP/AVP", after: "unreachable" }];
}

/** The one that the URI names; null leaves it to the DNS. */
function namedOf({ transport }: LegTrunk): string | null {
  return transport === "auto" ? null : transport;
}

/** What will be spoken, where that is certain before the look-up: as the engine's resolver has it. */
function knownTransport({ address, transport }: LegTrunk): "tls" | "tcp" | "udp" | "any" {
  if (transport !== "auto") return transport;
  const [, host = "", port] = /^(\[[^\]]*\]|[^:]*)(?::(\d+))?$/.exec(address) ?? [];
  // A host is a name, an IPv6 address in brackets, or digits and dots: parseSipHost takes nothing else.
  const isAddress = /^(?:\[.*\]|[\d.]+)$/.test(host);
  if (port !== undefined) return port === "5061" ? "tls" : "tcp";
  return isAddress ? "tcp" : "any";
}
