/**
 * The secrets that a file of tests uses, taken from what it sends and is answered, so that every log and every file that
 * a system leaves can be searched for them. Knows no runtime: Node and workerd both use it.
 */

/** Shorter ones are words that stand elsewhere too; tests that look for a secret give it a long one. */
const MIN_CHARS = 12;
const SECRET_MEMBER =
  /^(password|secret|token|credential|api_?key|private_?key|master_?key|operator_?token|secret_?access_?key|[a-z_]+_(token|secret))$/i;
/** Customers' own headers towards their agents and webhooks. Those of trunks are none: carriers' proxies read them. */
const HEADERS_MEMBER = /^(connection\.headers|.*\.request_headers)$/;

const used = new Map<string, string>();

/** `what` is how a finding calls it. */
export function noteSecret(secret: string, what: string): void {
  if (secret.length >= MIN_CHARS) used.set(secret, what);
}

/** Every secret in a JSON text; anything else holds none. */
export function noteSecretsOf(text: string): void {
  if (!text.startsWith("{") && !text.startsWith("[")) return;
  try {
    note(JSON.parse(text), "", "");
  } catch {
    // Tests send what is no JSON, too.
  }
}

/** `path` are the last two members that lead to it. */
function note(value: unknown, path: string, name: string): void {
  if (typeof value === "string") {
    if (SECRET_MEMBER.test(name)) noteSecret(value, name);
  } else if (typeof value === "object" && value !== null) {
    const isHeaders = HEADERS_MEMBER.test(path);
    for (const [member, inner] of Object.entries(value)) {
      if (isHeaders && typeof inner === "string") noteSecret(inner, member);
      else note(inner, `${name}.${member}`, member);
    }
  }
}

/** What the secrets found in it are called, each once; never the secrets themselves. */
export function secretsIn(text: { includes(part: string): boolean }): string[] {
  const found = new Set<string>();
  for (const [secret, what] of used) if (text.includes(secret)) found.add(what);
  return [...found];
}

export function forgetSecrets(): void {
  used.clear();
}
