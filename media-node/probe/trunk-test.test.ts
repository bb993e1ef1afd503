import { spawn } from "node:child_process";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import { createServer as createTlsServer } from "node:tls";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { issueCertificate, makeTestCa } from "../../tests/support/certificates.ts";
import { DnsFault } from "../engine/dns-queries.ts";
import { ScriptedServer } from "../engine/scripted-peer.ts";
import { testTrunk, zoneOf } from "./test-trunk.ts";

/** A PBX that answers every OPTIONS so. */
async function pbxAnswering(...statuses: string[]): Promise<ScriptedServer> {
  const server = await ScriptedServer.listen();
  onTestFinished(() => server[Symbol.asyncDispose]());
  void (async () => {
    const peer = await server.accept();
    for (const status of statuses) peer.reply(await peer.next("OPTIONS"), status, { tag: "pbx" });
  })().catch(() => undefined);
  return server;
}

describe("DNS and TCP of a trunk test", () => {
  test("find a PBX by its SRV records, and tell every look-up and place", async () => {
    const server = await pbxAnswering("200 OK");
    const stages = await testTrunk({
      address: "pbx.test",
      transport: "tcp",
      queries: zoneOf("pbx.test", server.port),
    });
    expect(stages.dns).toMatchObject({ status: "ok", failure: null });
    expect(stages.dns.facts.lookups).toContainEqual({
      type: "SRV",
      name: "_sip._tcp.pbx.test",
      records: [`1 2 ${server.port} a.pbx.test`],
      error: null,
    });
    expect(stages.tcp.facts.targets).toEqual([
      { address: "127.0.0.1", port: server.port, transport: "tcp", outcome: "connected" },
    ]);
    expect(stages.tls.status).toBe("skipped");
    expect(stages.options).toMatchObject({
      status: "ok",
      facts: { exchanges: [{ method: "OPTIONS", status_lines: ["200 OK"] }] },
    });
    expect(stages.digest.status).toBe("skipped");
    expect(stages.invite).toMatchObject({
      status: "skipped",
      detail: expect.stringMatching(/invite\.to/),
    });
  });

  test("say that a name has no address, and that it is the DNS's side", async () => {
    const queries = zoneOf("another.test", 5060);
    const stages = await testTrunk({ address: "pbx.test", transport: "tls", queries });
    expect(stages.dns).toMatchObject({
      status: "failed",
      failure: { code: "dns_no_records", side: "dns", allow: null },
    });
    expect(stages.tcp.status).toBe("skipped");
  });

  test("tell a name server that does not answer from a name that does not exist", async () => {
    const down = () => Promise.reject(new DnsFault("down", { code: "ESERVFAIL" }));
    const queries = { naptr: down, srv: down, a: down, aaaa: down };
    const stages = await testTrunk({ address: "pbx.test", transport: "tls", queries });
    expect(stages.dns.failure).toMatchObject({ code: "dns_unanswered", side: "dns" });
    expect(stages.dns.facts.lookups?.[0]?.error).toBe("ESERVFAIL");
  });

  test("never touch an address that a call would not be sent to", async () => {
    const server = await pbxAnswering("200 OK");
    const address = `127.0.0.1:${server.port}`;
    for (const transport of ["tcp", "tls", "udp"] as const) {
      const stages = await testTrunk({ address, transport, addressPolicy: "public" });
      expect(stages.tcp.failure, transport).toMatchObject({ code: "address_not_public" });
    }
    expect(server.waiting).toBe(0);
  });

  test("say that there is no way to an address over UDP, and leave no socket behind", async () => {
    const sockets = () => process.getActiveResourcesInfo().filter((name) => name === "UDPWrap");
    const before = sockets().length;
    const stages = await testTrunk({ address: "255.255.255.255:5060", transport: "udp" });
    expect(stages.tcp.failure).toMatchObject({ code: "no_route", side: "trunkline" });
    expect(stages.options.status).toBe("skipped");
    await vi.waitFor(() => expect(sockets()).toHaveLength(before), { timeout: 5_000 });
  });

  test("tell 32 responses of one request at most, whatever a peer says over and over", async () => {
    const server = await ScriptedServer.listen();
    onTestFinished(() => server[Symbol.asyncDispose]());
    const testing = testTrunk({ address: `127.0.0.1:${server.port}`, transport: "tcp" });
    const peer = await server.accept();
    const request = await peer.next("OPTIONS");
    for (let i = 0; i < 100; i += 1) peer.reply(request, "100 Trying");
    peer.reply(request, "200 OK", { tag: "pbx" });
    const [exchange] = (await testing).options.facts.exchanges ?? [];
    expect(exchange?.status_lines).toHaveLength(32);
  });

  test("name the port, the peer and our block where a connection is refused", async () => {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const bound = server.address();
    const port = typeof bound === "object" ? (bound?.port ?? 0) : 0;
    server.close();
    await once(server, "close");
    const stages = await testTrunk({ address: `127.0.0.1:${port}`, transport: "tcp" });
    expect(stages.tcp.failure).toMatchObject({
      code: "tcp_refused",
      side: "pbx",
      allow: {
        rules: [3, 5],
        protocol: "tcp",
        from: ["198.51.100.0/24"],
        to: ["127.0.0.1"],
        to_port: port,
      },
    });
  });

  test("tell dropped packets, which are a firewall's, from a refusal", async () => {
    const port = await deafPort();
    const stages = await testTrunk({
      address: `127.0.0.1:${port}`,
      transport: "tcp",
      timings: { connectMs: 250 },
    });
    expect(stages.tcp.failure).toMatchObject({ code: "tcp_timed_out", side: "customer_firewall" });
    expect(stages.tcp.failure?.allow?.to_port).toBe(port);
  });
});

/** A port whose handshakes the system leaves unanswered, as a firewall that drops: the queue of a stopped process is full. */
async function deafPort(): Promise<number> {
  const script =
    "require('net').createServer().listen({port:0,host:'127.0.0.1',backlog:1},function(){process.stdout.write(String(this.address().port))})";
  const child = spawn(process.execPath, ["-e", script], { stdio: ["ignore", "pipe", "inherit"] });
  const fillers: Socket[] = [];
  onTestFinished(() => {
    for (const filler of fillers) filler.destroy();
    child.kill("SIGKILL");
  });
  const [printed] = await once(child.stdout, "data");
  const port = Number(String(printed));
  child.kill("SIGSTOP");
  for (let index = 0; index < 8; index += 1) {
    const filler = connect({ port, host: "127.0.0.1" });
    filler.on("error", () => undefined);
    fillers.push(filler);
  }
  await Promise.any(fillers.map((filler) => once(filler, "connect")));
  return port;
}

describe("TLS of a trunk test", () => {
  const listen = async (
    names: Parameters<typeof issueCertificate>[1],
    options: { isUntrusted?: boolean } = {},
  ) => {
    const ca = await makeTestCa();
    const issued = await issueCertificate(
      options.isUntrusted === true ? await makeTestCa("Another CA") : ca,
      names,
    );
    const tls = createTlsServer({ cert: issued.certificatePem, key: issued.keyPem });
    const server = await ScriptedServer.listen(tls, "secureConnection");
    onTestFinished(() => server[Symbol.asyncDispose]());
    const run = () =>
      testTrunk({
        address: `localhost:${server.port}`,
        transport: "tls",
        tls: { ca: ca.certificatePem, own: null },
      });
    const heard: string[] = [];
    tls.on("secureConnection", (socket: Socket) => {
      socket.on("data", (chunk) => void heard.push(String(chunk)));
    });
    /** Everything that has been sent, when every connection has ended. */
    const untilClosed = async () => {
      await new Promise((resolve) => tls.close(resolve));
      return heard;
    };
    return { server, run, untilClosed };
  };

  test("tells version, cipher, names, dates and chain of a certificate that proves the peer", async () => {
    const { run, server } = await listen({ dnsNames: ["localhost"], commonName: "PBX" });
    const running = run();
    const peer = await server.accept();
    peer.reply(await peer.next("OPTIONS"), "200 OK", { tag: "pbx" });
    const stages = await running;
    expect(stages.tls).toMatchObject({
      status: "ok",
      warning: expect.stringMatching(/runs out in 0 days/),
    });
    expect(stages.tls.facts.tls).toMatchObject({
      version: "TLSv1.3",
      cipher: expect.stringMatching(/^TLS_/),
      names: ["localhost"],
      expected_name: "localhost",
      not_after: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
      chain: [{ subject: "PBX" }, { subject: "Trunkline test CA" }],
    });
    expect(stages.options.status).toBe("ok");
  });

  test.each([
    ["expired", { dnsNames: ["localhost"], notAfter: new Date(Date.now() - 3_600_000) }, {}],
    ["wrong_name", { dnsNames: ["sip.example.test"] }, {}],
    ["incomplete_chain", { dnsNames: ["localhost"] }, { isUntrusted: true }],
    ["untrusted", { dnsNames: ["localhost"], isSelfSigned: true }, {}],
  ])("sends nothing to a certificate that is %s, and says so", async (code, names, options) => {
    const { run, untilClosed } = await listen(names, options);
    const stages = await run();
    expect(await untilClosed()).toEqual([]);
    expect(stages.tls).toMatchObject({
      status: "failed",
      failure: { code: `tls_${code}`, side: "pbx", allow: null },
    });
    expect(stages.tls.facts.tls?.names).toEqual(names.dnsNames);
    expect(stages.options.status).toBe("skipped");
  });

  test("tells of every defect of one certificate", async () => {
    const notAfter = new Date(Date.now() - 3_600_000);
    const { run } = await listen({ dnsNames: ["sip.example.test"], notAfter });
    const { detail } = (await run()).tls;
    expect(detail).toMatch(/has expired/);
    expect(detail).toMatch(/is for sip\.example\.test, not for localhost/);
  });

  test("says of a port in clear that the trunk's transport is another", async () => {
    const server = createServer((socket) => {
      socket.on("error", () => undefined);
      socket.end("SIP/2.0 400 Bad Request\r\n\r\n");
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    onTestFinished(() => void server.close());
    const bound = server.address();
    const port = typeof bound === "object" ? bound?.port : 0;
    const stages = await testTrunk({ address: `127.0.0.1:${port}`, transport: "tls" });
    expect(stages.tls.failure).toMatchObject({ code: "tls_not_spoken", side: "trunk_settings" });
  });

  test("says of a port that takes connections and no handshake that it is silent", async () => {
    const server = await ScriptedServer.listen();
    onTestFinished(() => server[Symbol.asyncDispose]());
    const stages = await testTrunk({
      address: `127.0.0.1:${server.port}`,
      transport: "tls",
      timings: { handshakeMs: 200 },
    });
    expect(stages.tls.failure).toMatchObject({ code: "tls_silent", side: "pbx" });
    expect(stages.tls.failure?.allow).not.toBeNull();
  });
});

describe("OPTIONS of a trunk test", () => {
  test.each([
    ["404 Not Found", null],
    ["403 Forbidden", /lacks ours/],
    ["500 Server Internal Error", /something is wrong/],
  ])("answered with %s is reached all the same", async (status, warning) => {
    const { port } = await pbxAnswering(status);
    const stages = await testTrunk({ address: `127.0.0.1:${port}`, transport: "tcp" });
    expect(stages.options.status).toBe("ok");
    expect(stages.options.detail).toContain(status);
    if (warning === null) expect(stages.options.warning).toBeNull();
    else expect(stages.options.warning).toMatch(warning);
  });

  test("answered with 503 fails: calls would be refused as well", async () => {
    const { port } = await pbxAnswering("503 Service Unavailable");
    const stages = await testTrunk({ address: `127.0.0.1:${port}`, transport: "tcp" });
    expect(stages.options.failure).toMatchObject({ code: "sip_unavailable", side: "pbx" });
  });

  test("that nobody answers names the block that the peer may not know", async () => {
    const server = await ScriptedServer.listen();
    onTestFinished(() => server[Symbol.asyncDispose]());
    const stages = await testTrunk({
      address: `127.0.0.1:${server.port}`,
      transport: "tcp",
      timings: { answerMs: 200 },
    });
    expect(stages.options.failure).toMatchObject({
      code: "sip_silent",
      allow: { from: ["198.51.100.0/24"], to_port: server.port },
    });
  });

  test("answered by another protocol quotes nothing of it", async () => {
    const server = await ScriptedServer.listen();
    onTestFinished(() => server[Symbol.asyncDispose]());
    const running = testTrunk({ address: `127.0.0.1:${server.port}`, transport: "tcp" });
    const peer = await server.accept();
    peer.write("SSH-2.0-secret-banner\r\n");
    const stages = await running;
    expect(stages.options.failure?.code).toBe("sip_not_spoken");
    expect(JSON.stringify(stages)).not.toContain("secret-banner");
  });

  test("over UDP is sent again until it is answered, and its rule is UDP's", async () => {
    const socket = createSocket("udp4").bind(0, "127.0.0.1");
    await once(socket, "listening");
    onTestFinished(() => void socket.close());
    const { port } = socket.address();
    const running = testTrunk({ address: `127.0.0.1:${port}`, transport: "udp" });
    const [lost] = await once(socket, "message");
    const [again, source] = await once(socket, "message");
    expect(again).toEqual(lost);
    const head = String(again).split("\r\n");
    const copied = head.filter((line) => /^(?:Via|From|To|Call-ID|CSeq):/.test(line));
    const answer = ["SIP/2.0 200 OK", ...copied, "Content-Length: 0", "", ""].join("\r\n");
    socket.send(answer, source.port, source.address);
    const stages = await running;
    expect(stages.options.status).toBe("ok");
    expect(stages.tcp.status).toBe("skipped");

    const silent = await testTrunk({
      address: `127.0.0.1:${port}`,
      transport: "udp",
      timings: { answerMs: 200 },
    });
    expect(silent.options.failure?.allow).toMatchObject({ rules: [11], protocol: "udp" });
  });
});
