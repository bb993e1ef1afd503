import { randomUUID } from "node:crypto";
import { describe, expect, onTestFinished, test } from "vitest";
import { ScriptedServer, type WireText } from "../engine/scripted-peer.ts";
import { credentialsProve, parseCredentials } from "../protocol/sip/digest.ts";
import { testTrunk } from "./test-trunk.ts";

const PASSWORD = randomUUID();
const CHALLENGE = 'WWW-Authenticate: Digest realm="pbx", nonce="n1", algorithm=MD5, qop="auth"';
const OK = { tag: "pbx", lines: ["Contact: <sip:callee@127.0.0.1:5060;transport=tcp>"] };

async function listen() {
  const server = await ScriptedServer.listen();
  onTestFinished(() => server[Symbol.asyncDispose]());
  const run = (more: Partial<Parameters<typeof testTrunk>[0]> = {}) =>
    testTrunk({ address: `127.0.0.1:${server.port}`, transport: "tcp", ...more });
  return { server, run };
}

function isProved(request: WireText, method: string): boolean {
  const credentials = parseCredentials(request.header("Authorization"));
  if (credentials === null || !("username" in credentials)) return false;
  return credentialsProve(credentials, { password: PASSWORD, method, body: "" });
}

describe("digest of a trunk test", () => {
  const account = { username: "trunk-user", password: PASSWORD };

  test("proves the password to a peer that asks on OPTIONS, and never shows it", async () => {
    const { run, server } = await listen();
    const running = run(account);
    const peer = await server.accept();
    peer.reply(await peer.next("OPTIONS"), "401 Unauthorized", { tag: "pbx", lines: [CHALLENGE] });
    const again = await peer.next("OPTIONS");
    expect(isProved(again, "OPTIONS")).toBe(true);
    peer.reply(again, "200 OK", { tag: "pbx" });
    const stages = await running;
    expect(stages.digest).toMatchObject({
      status: "ok",
      facts: { exchanges: [{ has_credentials: true, status_lines: ["200 OK"] }] },
    });
    const told = JSON.stringify(stages);
    expect(told).not.toContain(PASSWORD);
    expect(told).not.toContain("n1");
  });

  test.each([
    ["401 Unauthorized", "digest_rejected", "trunk_settings"],
    ["403 Forbidden", "digest_forbidden", "pbx"],
  ])("that is answered with %s fails with %s", async (status, code, side) => {
    const { run, server } = await listen();
    const running = run(account);
    const peer = await server.accept();
    peer.reply(await peer.next("OPTIONS"), "401 Unauthorized", { tag: "pbx", lines: [CHALLENGE] });
    peer.reply(await peer.next("OPTIONS"), status, { tag: "pbx", lines: [CHALLENGE] });
    const stages = await running;
    expect(stages.digest.failure).toMatchObject({ code, side });
    expect(stages.invite.status).toBe("skipped");
  });

  test("that the trunk has nothing for says what to give", async () => {
    const { run, server } = await listen();
    const running = run();
    const peer = await server.accept();
    peer.reply(await peer.next("OPTIONS"), "401 Unauthorized", { tag: "pbx", lines: [CHALLENGE] });
    const stages = await running;
    expect(stages.options.status).toBe("ok");
    expect(stages.digest.failure).toMatchObject({
      code: "credentials_missing",
      side: "trunk_settings",
    });
  });

  test("is proved by the INVITE where OPTIONS is not challenged", async () => {
    const { run, server } = await listen();
    const running = run({ ...account, called: "+15005550199" });
    const peer = await server.accept();
    peer.reply(await peer.next("OPTIONS"), "200 OK", { tag: "pbx" });
    const first = await peer.next("INVITE");
    peer.reply(first, "401 Unauthorized", { tag: "pbx", lines: [CHALLENGE] });
    await peer.next("ACK");
    const invite = await peer.next("INVITE");
    const credentials = parseCredentials(invite.header("Authorization"));
    expect(credentials).toMatchObject({ username: "trunk-user", qop: "auth" });
    expect(invite.header("Call-ID")).toBe(first.header("Call-ID"));
    expect(invite.header("CSeq")).toBe("2 INVITE");
    peer.reply(invite, "180 Ringing", { tag: "pbx" });
    peer.reply(await peer.next("CANCEL"), "200 OK", { tag: "pbx" });
    peer.reply(invite, "487 Request Terminated", { tag: "pbx" });
    await peer.next("ACK");
    const stages = await running;
    expect(stages.digest.status).toBe("ok");
    expect(stages.invite.status).toBe("ok");
  });
});

describe("INVITE of a trunk test", () => {
  const CALLED = { called: "+15005550199" };

  async function ringing() {
    const { run, server } = await listen();
    const stopping = new AbortController();
    const running = run({ ...CALLED, signal: stopping.signal, timings: { ringMs: 8_000 } });
    const peer = await server.accept();
    peer.reply(await peer.next("OPTIONS"), "200 OK", { tag: "pbx" });
    const invite = await peer.next("INVITE sip:+15005550199@127.0.0.1");
    return { peer, invite, running, stopping };
  }

  test("rings, is cancelled at the first ring, and acknowledges the end of it", async () => {
    const { invite, peer, running } = await ringing();
    expect(invite.header("From")).toContain("sip:+15005550100@127.0.0.1");
    expect(invite.body).toMatch(/^m=audio 9 RTP\/AVP 0/m);
    peer.reply(invite, "100 Trying");
    peer.reply(invite, "180 Ringing", { tag: "pbx" });
    const cancel = await peer.next("CANCEL");
    expect(cancel.header("Via")).toBe(invite.header("Via"));
    expect(cancel.header("CSeq")).toBe("1 CANCEL");
    peer.reply(cancel, "200 OK", { tag: "pbx" });
    peer.reply(invite, "487 Request Terminated", { tag: "pbx" });
    const ack = await peer.next("ACK");
    expect(ack.header("To")).toContain("tag=pbx");
    const stages = await running;
    expect(stages.invite).toMatchObject({
      status: "ok",
      detail: expect.stringMatching(/^It rang after \d+ ms/),
    });
    expect(stages.invite.facts.exchanges?.[0]?.status_lines).toEqual([
      "100 Trying",
      "180 Ringing",
      "487 Request Terminated",
    ]);
  });

  test("that is answered at once, or crosses with its CANCEL, is hung up", async () => {
    const { invite, peer, running } = await ringing();
    peer.reply(invite, "180 Ringing", { tag: "pbx" });
    const cancel = await peer.next("CANCEL");
    peer.reply(invite, "200 OK", OK);
    peer.reply(cancel, "481 Call/Transaction Does Not Exist", { tag: "pbx" });
    const ack = await peer.next("ACK sip:callee@127.0.0.1:5060;transport=tcp");
    expect(ack.header("CSeq")).toBe("1 ACK");
    const bye = await peer.next("BYE sip:callee@127.0.0.1:5060;transport=tcp");
    expect(bye.header("CSeq")).toBe("2 BYE");
    expect(bye.header("To")).toContain("tag=pbx");
    expect((await running).invite.status).toBe("ok");
  });

  test.each([
    ["404 Not Found", "invite_number_refused", "trunk_settings"],
    ["403 Forbidden", "invite_forbidden", "pbx"],
    ["488 Not Acceptable Here", "invite_media_refused", "trunk_settings"],
    ["302 Moved Temporarily", "invite_redirected", "pbx"],
    ["500 Server Internal Error", "invite_refused", "pbx"],
  ])("that is refused with %s is acknowledged and fails with %s", async (status, code, side) => {
    const { invite, peer, running } = await ringing();
    peer.reply(invite, status, { tag: "pbx" });
    await peer.next("ACK");
    expect((await running).invite.failure).toMatchObject({ code, side });
  });

  test("to a number that is busy has shown that the trunk works", async () => {
    const { invite, peer, running } = await ringing();
    peer.reply(invite, "486 Busy Here", { tag: "pbx" });
    await peer.next("ACK");
    expect((await running).invite).toMatchObject({
      status: "ok",
      detail: expect.stringMatching(/486 Busy Here/),
    });
  });

  test("that nobody answers at all fails, though OPTIONS was answered", async () => {
    const { run, server } = await listen();
    const running = run({ ...CALLED, timings: { ringMs: 100, endMs: 100 } });
    const peer = await server.accept();
    peer.reply(await peer.next("OPTIONS"), "200 OK", { tag: "pbx" });
    const { invite } = await running;
    expect(invite.failure).toMatchObject({ code: "invite_silent", side: "pbx" });
    expect(invite.failure?.allow).not.toBeNull();
  });

  test("of a node that stops is cancelled", async () => {
    const { invite, peer, running, stopping } = await ringing();
    // RFC 3261 §9.1: not before it has been heard of.
    stopping.abort();
    peer.reply(invite, "100 Trying");
    peer.reply(await peer.next("CANCEL"), "200 OK", { tag: "pbx" });
    peer.reply(invite, "487 Request Terminated", { tag: "pbx" });
    await peer.next("ACK");
    expect((await running).invite.failure?.code).toBe("invite_silent");
  });
});
