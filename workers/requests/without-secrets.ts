/** Members whose value is a secret, or may hold one: headers of agents, trunks and webhooks do. */
const SECRET_NAME =
  /pass(word|phrase)|secret|token|authorization|api[_-]?key$|credential|private[_-]?key|headers$|cookie/i;
const PLACE_HOLDER = "[secret]";

/** The value with every secret in it replaced; what is null stays, as it says that there is none. */
export function withoutSecrets(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutSecrets);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [name, shown(name, member)]),
  );
}

function shown(name: string, member: unknown): unknown {
  const isSecret = SECRET_NAME.test(name) && member !== null && typeof member !== "boolean";
  return isSecret ? PLACE_HOLDER : withoutSecrets(member);
}
