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
  let hex = "";
  for (const byte of new Uint8Array(mac)) hex += byte.toString(16).padStart(2, "0");
  return `t=${timestampSecs},v0=${hex}`;
}
