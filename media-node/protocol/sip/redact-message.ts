const CREDENTIAL_HEADERS = /^((?:Proxy-)?Authorization)[ \t]*:.*(?:\r?\n[ \t].*)*/gim;
// RFC 4568 §9.1: tag and suite, then the key parameters; what follows `inline:` is the master key.
const CRYPTO_LINE = /^a=crypto:[^\r\n]*/gim;
// RFC 4566 (now 8866) §5.12: an obsolete line that carries a key in clear.
const KEY_LINE = /^(k=[^\r\n:]*)(?::[^\r\n]*)?/gim;

// RFC 3261 §19.1.1: a password in a URI, which nobody should send and some do.
const URI_PASSWORD = /(\bsips?:[^\s:@<>;,"]{1,256}):[^\s@<>;,"]{1,256}@/gi;

/** A SIP text as it may be logged: without credentials, passwords in URIs and SRTP keys. */
export function redactSipText(text: string): string {
  if (!/authorization|inline:|\nk=|sips?:/i.test(text)) return text;
  return text
    .replace(URI_PASSWORD, "$1:[redacted]@")
    .replace(CREDENTIAL_HEADERS, "$1: [redacted]")
    .replace(CRYPTO_LINE, redactCryptoLine)
    .replace(KEY_LINE, "$1:[redacted]");
}

function redactCryptoLine(line: string): string {
  return line.replace(/(inline:)[^\s;]*/gi, "$1[redacted]");
}
