import { createServer, type RequestListener, type Server } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { afterEach, expect, it } from "vitest";
import { z } from "zod";
import { Secret } from "../../schema/values/secret.ts";
import { issueCertificate, makeTestCa } from "../../tests/support/certificates.ts";
import { type ControlPlaneClient, createControlPlaneClient, readAnswer } from "./http-client.ts";

let servers: Server[] = [];
let clients: ControlPlaneClient[] = [];

afterEach(async () => {
  for (const client of clients) client.close();
  clients = [];
  for (const server of servers) {
    server.closeAllConnections();
    await new Promise<void>((resolve) => server.close(() => resolve()));
  }
  servers = [];
});

async function listen(server: Server): Promise<number> {
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return (server.address() as AddressInfo).port;
}

const serve = (listener: RequestListener) => listen(createServer(listener));

function clientOf(baseUrl: string, ca: string | null = null): ControlPlaneClient {
  const client = createControlPlaneClient({ baseUrl, ca, credential: new Secret("credential-1") });
  clients.push(client);
  return client;
}

it("the credential goes to the control plane and to no other origin", async () => {
  const seen: (string | undefined)[] = [];
  const listener: RequestListener = (request, response) => {
    seen.push(request.headers.authorization);
    response.end("{}");
  };
  const [own, other] = [await serve(listener), await serve(listener)];
  const client = clientOf(`http://127.0.0.1:${own}`);
  await client.send({ method: "GET", path: "/a" });
  await client.send({ method: "GET", path: `http://127.0.0.1:${other}/a` });
  expect(seen).toEqual(["Bearer credential-1", undefined]);
});

it("a certificate of the configured authority is trusted, and of no other", async () => {
  const ca = await makeTestCa();
  const issued = await issueCertificate(ca, { dnsNames: [], ipAddresses: ["127.0.0.1"] });
  const tls = { cert: issued.certificatePem, key: issued.keyPem };
  const port = await listen(createTlsServer(tls, (_, response) => void response.end("{}")));
  const request = { method: "GET", path: "/" } as const;
  const trusted = await clientOf(`https://127.0.0.1:${port}`, ca.certificatePem).send(request);
  expect(trusted.status).toBe(200);
  await expect(clientOf(`https://127.0.0.1:${port}`).send(request)).rejects.toMatchObject({
    code: "control_plane_unreachable",
  });
});

it("no answer in time is a timeout, and says nothing of the credential", async () => {
  const client = clientOf(`http://127.0.0.1:${await serve(() => undefined)}`);
  const fault = await client
    .send({ method: "GET", path: "/", timeoutMs: 50 })
    .catch((error: unknown) => error);
  expect(fault).toMatchObject({ code: "control_plane_timeout" });
  expect(String(fault)).not.toContain("credential-1");
});

it("an answer that never ends is cut off at its limit", async () => {
  const port = await serve((_, response) => {
    response.on("error", () => undefined);
    response.write(Buffer.alloc(100_000));
  });
  await expect(
    clientOf(`http://127.0.0.1:${port}`).send({ method: "GET", path: "/", maxBytes: 1000 }),
  ).rejects.toMatchObject({ code: "control_plane_unreadable" });
});

it("a connection that was closed while idle is not a failure", async () => {
  let requests = 0;
  const port = await serve((request, response) => {
    requests += 1;
    // The second request on this connection meets a socket that goes away, as after an idle timeout.
    if (requests === 2) request.socket.resetAndDestroy();
    else response.end("{}");
  });
  const client = clientOf(`http://127.0.0.1:${port}`);
  await client.send({ method: "GET", path: "/" });
  expect((await client.send({ method: "GET", path: "/" })).status).toBe(200);
});

it.each([
  ["what is not JSON", "<html>"],
  ["what breaks its contract", '{"version":"x"}'],
])("%s is unreadable, and its content is not repeated", (_, text) => {
  const response = { status: 200, headers: {}, body: Buffer.from(text) };
  const read = () => readAnswer(response, z.object({ version: z.number() }));
  expect(read).toThrow(expect.objectContaining({ code: "control_plane_unreadable" }));
  expect(read).not.toThrow(text);
});
