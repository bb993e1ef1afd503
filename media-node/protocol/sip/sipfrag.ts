/** The `message/sipfrag` body of a NOTIFY about a REFER (RFC 3420, RFC 3515 §2.4.5): the status of another call. */

interface FragmentStatus {
  readonly status: number;
  readonly reason: string;
}

/** The status line that a fragment begins with; null when it has none, as one that is a header only. */
export function parseSipFragment(body: string): FragmentStatus | null {
  const [line = ""] = body.trimStart().split(/\r?\n/, 1);
  const match = /^SIP\/2\.0[ \t]+([1-6]\d\d)(?:[ \t]+(.*))?$/i.exec(line.trimEnd());
  if (match === null) return null;
  return { status: Number(match[1]), reason: match[2] ?? "" };
}

/** RFC 6665 §4.1.3: whether no further NOTIFY will come. */
export function isSubscriptionOver(subscriptionState: string): boolean {
  return /^\s*terminated\s*(?:;|$)/i.test(subscriptionState);
}

/** The body of a NOTIFY about a REFER: a status line and nothing else, since headers of another call are nobody's business. */
export function writeSipFragment(status: number, reason: string): string {
  const phrase = reason.replace(/[^\x20-\x7e]/g, " ").trim();
  return `SIP/2.0 ${status} ${phrase}\r\n`;
}
