/**
 * Any text with SDP in it, fit for logs: what follows the suite of `a=crypto`, the payload of `a=key-mgmt` and `k=`
 * is replaced. Works line by line on text that need not parse, because what does not parse is logged too.
 */
export function redactSdp(text: string): string {
  return text
    .replace(
      /^([ \t]*a=crypto:)(?:(\d{1,9}[ \t]+[A-Z0-9]{1,12}(?:_[A-Z0-9]{1,12})+)(?=[ \t])|).*$/gim,
      (_, head, kept) => (kept === undefined ? `${head}[redacted]` : `${head}${kept} [redacted]`),
    )
    .replace(/^([ \t]*a=key-mgmt:)[^\r\n]*/gim, "$1[redacted]")
    .replace(/^([ \t]*k=)[^\r\n]*/gim, "$1[redacted]")
    .replace(/\binline:[^\s|;"]+/gi, "inline:[redacted]");
}
