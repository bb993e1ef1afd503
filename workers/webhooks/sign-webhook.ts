/**
 * The value of the signature header: `t=<unix seconds>,v0=<hex>`, an HMAC-SHA-256 with the endpoint's
 * secret over `<t>.<body>`, exactly the bytes that are posted.
 */
export async function signWebhook(
  secret: string,
  timestampSecs: number,
  body: string,
): Promise<string> {
  const encoder = new TextEncoder();
  const key = await crypto.subtle.importKey(
    "raw",
    encoder.encode(secret),
    { name: "HMAC", hash: "SHA-256" },
    false,
    ["sign"],
  );
  const mac = await crypto.subtle.sign("HMAC", key, encoder.encode(`${timestampSecs}.${body}`));
  return `t=${timestampSecs},v0=${new Uint8Array(mac).toHex()}`;
}

const BLOCK_BYTES = 64;
const INNER_PAD = 0x36;
const OUTER_PAD = 0x5c;

/** The same over a body that is too large to be held: RFC 2104 §2 over a digest that takes it piece by piece. */
export async function signWebhookPieces(
  secret: string,
  timestampSecs: number,
  body: AsyncIterable<Uint8Array>,
): Promise<string> {
  const encoder = new TextEncoder();
  const key = await blockOf(encoder.encode(secret));
  const inner = new crypto.DigestStream("SHA-256");
  const writer = inner.getWriter();
  await writer.write(key.map((byte) => byte ^ INNER_PAD));
  await writer.write(encoder.encode(`${timestampSecs}.`));
  for await (const piece of body) await writer.write(piece);
  await writer.close();
  const digest = new Uint8Array(await inner.digest);
  const outer = new Uint8Array(BLOCK_BYTES + digest.length);
  outer.set(key.map((byte) => byte ^ OUTER_PAD));
  outer.set(digest, BLOCK_BYTES);
  const mac = await crypto.subtle.digest("SHA-256", outer);
  return `t=${timestampSecs},v0=${new Uint8Array(mac).toHex()}`;
}

async function blockOf(key: Uint8Array): Promise<Uint8Array> {
  const block = new Uint8Array(BLOCK_BYTES);
  const isLong = key.length > BLOCK_BYTES;
  block.set(isLong ? new Uint8Array(await crypto.subtle.digest("SHA-256", key)) : key);
  return block;
}
