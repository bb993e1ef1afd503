/**
 * The secrets that a file of tests uses, taken from what it sends and is answered, so that every log and every file that
 * a system leaves can be searched for them. Knows no runtime: Node and workerd both use it.
 */

/** Shorter ones are words that stand elsewhere too; tests that look for a secret give it a long one. */
const MIN_CHARS = 12;
const SECRET_MEMBER =
  /^(password|secret|token|credential|api_?key|private_?key|master_?key|operator_?token|secret_?access_?key|[a-z_]+_(token|secret))$/i;
/** Members whose values are all secrets: what customers put into headers is not ours to judge. */
const HEADERS_MEMBER = /^(headers|request_headers)$/;

const used = new Map<string, string>();

/** `what` is how a finding calls it. */
export function noteSecret(secret: string, what: string): void {
  if (secret.length >= MIN_CHARS) used.set(secret, what);
}

/** Every secret in a JSON text; anything else holds none. */
export function noteSecretsOf(text: string): void {
  if (!text.startsWith("{") && !text.startsWith("[")) return;
  try {
    note(JSON.parse(text), "", false);
  } catch {
    // Tests send what is no JSON, too.
  }
}

function note(value: unknown, name: string, isSecret: boolean): void {
  if (typeof value === "string") {
    if (isSecret) noteSecret(value, name);
  } else if (typeof value === "object" && value !== null) {
    for (const [member, inner] of Object.entries(value)) {
      note(inner, member, SECRET_MEMBER.test(member) || HEADERS_MEMBER.test(name));
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
