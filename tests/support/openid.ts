import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import Provider from "oidc-provider";
import type { TestProject } from "vitest/node";

declare module "vitest" {
  interface ProvidedContext {
    /** `127.0.0.1:<port>` of an OpenID provider that takes itself for `OPENID_HOST`. */
    openidAddress: string;
  }
}

export const OPENID_HOST = "id.example.com";
const CLIENT = {
  client_id: "trunkline",
  client_secret: "a-secret-of-the-test-run",
  redirect_uris: ["https://api.example.com/v1/session/oidc/callback"],
  token_endpoint_auth_method: "client_secret_post",
};

/** Vitest's globalSetup: an OpenID provider that signs in whoever says who they are. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const provider = new Provider(`https://${OPENID_HOST}`, {
    clients: [CLIENT],
    claims: { email: ["email", "email_verified"] },
    findAccount: (_context: unknown, id: string) => ({
      accountId: id,
      claims: () => ({ sub: id, email: id, email_verified: !id.startsWith("unverified") }),
    }),
  });
  provider.proxy = true;
  const server = createServer(provider.callback());
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  // Of a server that listens on a port.
  const { port } = server.address() as AddressInfo;
  project.provide("openidAddress", `127.0.0.1:${port}`);
  return () =>
    new Promise((closed) => {
      server.close(() => closed());
      server.closeAllConnections();
    });
}

/** Carries a request for `OPENID_HOST` there; null for one to anybody else. */
export async function forwardToOpenid(request: Request, address: string): Promise<Response | null> {
  const url = new URL(request.url);
  if (url.host !== OPENID_HOST) return null;
  const headers = new Headers(request.headers);
  headers.set("x-forwarded-host", OPENID_HOST);
  headers.set("x-forwarded-proto", "https");
  const hasBody = request.method !== "GET" && request.method !== "HEAD";
  return fetch(`http://${address}${url.pathname}${url.search}`, {
    method: request.method,
    headers,
    body: hasBody ? await request.arrayBuffer() : null,
    redirect: "manual",
  });
}
