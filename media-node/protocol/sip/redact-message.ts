const CREDENTIAL_HEADERS = /^((?:Proxy-)?Authorization)[ \t]*:.*(?:\r?\n[ \t].*)*/gim;
// RFC 4568 §9.1: tag and suite, then the key parameters; what follows `inline:` is the master key.
const CRYPTO_LINE = /^a=crypto:[^\r\n]*/gim;
// RFC 4566 (now 8866) §5.12: an obsolete line that carries a key in clear.
const KEY_LINE = /^(k=[^\r\n:]*)(?::[^\r\n]*)?/gim;

/** A SIP text as it may be logged: without credentials and without SRTP keys. */
export function redactSipText(text: string): string {
  if (!/authorization|inline:|\nk=/i.test(text)) return text;
  return text
    .replace(CREDENTIAL_HEADERS, "$1: [redacted]")
    .replace(CRYPTO_LINE, redactCryptoLine)
    .replace(KEY_LINE, "$1:[redacted]");
}

function redactCryptoLine(line: string): string {
  return line.replace(/(inline:)[^\s;]*/gi, "$1[redacted]");
}
