/** Those of RFC 3261 and of its extensions. */
const KNOWN_METHODS: ReadonlySet<string> = new Set(
  "INVITE ACK BYE CANCEL OPTIONS REGISTER PRACK SUBSCRIBE NOTIFY UPDATE MESSAGE REFER PUBLISH INFO".split(
    " ",
  ),
);

/** Whether an RFC here defines the method; any other token is a method as well. */
export function isKnownMethod(method: string): boolean {
  return KNOWN_METHODS.has(method);
}
