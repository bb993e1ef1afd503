import { createHmac, timingSafeEqual } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

export interface ReceivedWebhook {
  readonly signature: string;
  readonly body: string;
}

export interface WebhookReceiver extends AsyncDisposable {
  readonly url: string;
  readonly received: ReceivedWebhook[];
}

/** Keeps every POST that comes, and answers it with what `status` gives then. */
export async function startWebhookReceiver(
  status: () => number | Promise<number> = () => 200,
): Promise<WebhookReceiver> {
  const received: ReceivedWebhook[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", async () => {
      const signature = request.headers["elevenlabs-signature"];
      received.push({
        signature: typeof signature === "string" ? signature : "",
        body: Buffer.concat(chunks).toString(),
      });
      response.writeHead(await status()).end();
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo; // a TCP server's address has a port
  return {
    url: `http://127.0.0.1:${port}/hook`,
    received,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** The receiver's side of the signature, as the vendor documents it. */
export function signatureVerifies(secret: string, webhook: ReceivedWebhook): boolean {
  const fields = new Map(
    webhook.signature.split(",").map((part) => {
      const [name = "", value = ""] = part.split("=", 2);
      return [name, value] as const;
    }),
  );
  const sentAt = fields.get("t") ?? "";
  if (Math.abs(Date.now() / 1000 - Number(sentAt)) > 1800) return false;
  const expected = createHmac("sha256", secret).update(`${sentAt}.${webhook.body}`).digest();
  const given = Buffer.from(fields.get("v0") ?? "", "hex");
  return given.length === expected.length && timingSafeEqual(given, expected);
}
