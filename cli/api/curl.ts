/** A request as a line for a shell, with every secret as a variable of the environment. */

const CREDENTIALS: Readonly<Record<string, string>> = {
  "xi-api-key": "$TRUNKLINE_API_KEY",
  authorization: "Bearer $TRUNKLINE_OPERATOR_TOKEN",
};
/** Members of a body whose text is nobody's to see. */
const SECRET_MEMBERS = new Set(["password", "auth_token", "api_key", "secret", "value"]);
/** Stands for a secret in the body until the shell puts it in; no text of JSON has it unescaped. */
const PLACE = "\u0000";

/** `curl …`, which does what the request would have done once the variables are set. */
export async function curlOf(request: Request): Promise<string> {
  const words = ["curl"];
  if (request.method !== "GET") words.push("-X", request.method);
  words.push(quote(request.url));
  for (const [name, value] of request.headers) {
    const variable = CREDENTIALS[name];
    words.push(
      "-H",
      variable === undefined ? quote(`${name}: ${value}`) : `"${name}: ${variable}"`,
    );
  }
  const body = await request.text();
  if (body !== "")
    words.push(
      "--data-raw",
      quote(withoutSecrets(body)).replaceAll(PLACE, `'"$TRUNKLINE_SECRET"'`),
    );
  return words.join(" ");
}

/** Of JSON, or of a line of JSON each. */
function withoutSecrets(body: string): string {
  const lines = body.split("\n").map(withoutSecretsOf);
  const whole = withoutSecretsOf(body);
  return whole ?? (lines.includes(null) ? body : lines.join("\n"));
}

/** Null: it is no JSON. */
function withoutSecretsOf(text: string): string | null {
  if (text === "") return text;
  try {
    return JSON.stringify(JSON.parse(text), (name, value: unknown) =>
      SECRET_MEMBERS.has(name) && typeof value === "string" ? PLACE : value,
    ).replaceAll("\\u0000", PLACE);
  } catch {
    return null;
  }
}

/** One word of a POSIX shell. */
function quote(text: string): string {
  return /^[A-Za-z0-9_/:.,@%+=-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
