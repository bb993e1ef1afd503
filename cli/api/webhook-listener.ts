import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { buffer } from "node:stream/consumers";
import { Trunkline, WebhookError, type WebhookEvent } from "../../sdk/trunkline.ts";

/** A receiver of webhooks on this machine. */
export interface WebhookListener extends AsyncDisposable {
  /** Where it listens, on loopback. */
  readonly url: string;
  /** Known only when the endpoint is made, which needs the address: until then all is refused. */
  setSecret(secret: string): void;
}

export interface WebhookHandlers {
  /** An event whose signature is right; resolves with the status to answer. */
  readonly receive: (event: WebhookEvent, request: ReceivedRequest) => Promise<number>;
  readonly refuse: (error: WebhookError) => void;
}

export interface ReceivedRequest {
  /** Exactly what was signed. */
  readonly body: Uint8Array<ArrayBuffer>;
  readonly headers: Headers;
}

const HOST = "127.0.0.1";

/** @throws when the port is taken; 0 is any */
export async function openWebhookListener(
  port: number,
  handlers: WebhookHandlers,
): Promise<WebhookListener> {
  let secret: string | null = null;
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = new Uint8Array(await buffer(request));
    const status = await judge(body, request, secret, handlers);
    response.writeHead(status).end();
  };
  const server = createServer((request, response) => {
    answer(request, response).catch(() => response.destroy());
  });
  server.listen(port, HOST);
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port was given");
  return {
    url: `http://${HOST}:${address.port}/`,
    setSecret(given) {
      secret = given;
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

async function judge(
  body: Uint8Array<ArrayBuffer>,
  request: IncomingMessage,
  secret: string | null,
  handlers: WebhookHandlers,
): Promise<number> {
  if (request.method !== "POST") return 405;
  // The API tries again.
  if (secret === null) return 503;
  const headers = new Headers();
  for (const [name, value] of Object.entries(request.headers)) {
    if (value !== undefined) headers.set(name, String(value));
  }
  try {
    const event = await Trunkline.webhooks.verify(body, headers, secret);
    return await handlers.receive(event, { body, headers });
  } catch (error) {
    if (!(error instanceof WebhookError)) throw error;
    handlers.refuse(error);
    return 400;
  }
}
