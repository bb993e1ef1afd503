const CREDENTIAL_HEADERS = /^((?:Proxy-)?Authorization)[ \t]*:.*(?:\r?\n[ \t].*)*/gim;
// RFC 4568 §9.1: tag and suite, then the key parameters; what follows `inline:` is the master key.
const CRYPTO_LINE = /^[ \t]*a=crypto:[^\r\n]*/gim;
// RFC 4567 §3.1: the payload of a key management protocol.
const KEY_MANAGEMENT = /^([ \t]*a=key-mgmt:)[^\r\n]*/gim;
// RFC 4566 (now 8866) §5.12: an obsolete line that carries a key in clear.
const KEY_LINE = /^(k=[^\r\n:]*)(?::[^\r\n]*)?/gim;

// RFC 3261 §19.1.1: a password in a URI, which nobody should send and some do.
const URI_PASSWORD = /(\bsips?:[^\s:@<>;,"]{1,256}):[^\s@<>;,"]{1,256}@/gi;

/** A SIP text as it may be logged: without credentials, passwords in URIs, SRTP keys and the keys that a caller presses. */
export function redactSipText(text: string): string {
  if (!/^INFO |authorization|a=crypto:|a=key-mgmt:|\nk=|sips?:/i.test(text)) return text;
  return withoutDigits(text)
    .replace(URI_PASSWORD, "$1:[redacted]@")
    .replace(CREDENTIAL_HEADERS, "$1: [redacted]")
    .replace(CRYPTO_LINE, redactCryptoLine)
    .replace(KEY_MANAGEMENT, "$1[redacted]")
    .replace(KEY_LINE, "$1:[redacted]");
}

/** What is no key parameter as RFC 4568 §9.1 has them may still be a key: nothing of such a line is kept. */
function redactCryptoLine(line: string): string {
  if (!/^a=crypto:\d{1,9} [\w-]+ inline:[^\s]/i.test(line)) return "a=crypto:[redacted]";
  return line.replace(/(inline:)[ \t]*[^\s;]*/gi, "$1[redacted]");
}

/** RFC 6086: the body of an INFO. Which key was pressed may be part of a card number or a PIN, in any media type. */
function withoutDigits(text: string): string {
  const bodyAt = text.indexOf("\r\n\r\n") + 4;
  if (!text.startsWith("INFO ") || bodyAt < 4 || bodyAt === text.length) return text;
  return `${text.slice(0, bodyAt)}[redacted]`;
}
