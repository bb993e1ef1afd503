import { existsSync, readFileSync } from "node:fs";
import { describe, expect, onTestFinished, test } from "vitest";
import { deadline } from "../../tests/support/deadline.ts";
import { ScriptedUdpPeer } from "./scripted-udp-peer.ts";
import { startTestEngine } from "./test-engine.ts";

const CORPUS = "../shared/corpora/rfc4475";

/** The torture messages whose lesson is about datagrams; the others are sent over TCP. */
describe.skipIf(!existsSync(CORPUS))(`datagrams of RFC 4475 (skipped without ${CORPUS})`, () => {
  /** The engine's first final response to the message, wherever its Via sends it. */
  async function send(name: string, extraHeader = "") {
    const answers: string[] = [];
    const answered = Promise.withResolvers<void>();
    const engine = await startTestEngine(
      { listeners: [{ transport: "udp", bindAddress: "127.0.0.1", port: 0 }] },
      {
        onEvent(event) {
          if (event.kind !== "message" || event.direction !== "out") return;
          answers.push(event.startLine);
          if (!event.startLine.includes(" 100 ")) answered.resolve();
        },
      },
    );
    onTestFinished(() => engine[Symbol.asyncDispose]());
    const app = await engine.app(["invite"]);
    const peer = await ScriptedUdpPeer.bind(engine.port);
    onTestFinished(() => peer[Symbol.asyncDispose]());
    const message = readFileSync(`${CORPUS}/${name}.dat`, "latin1");
    peer.write(Buffer.from(message.replace("\r\n\r\n", `${extraHeader}\r\n\r\n`), "latin1"));
    return { app, answers, final: () => deadline(answered.promise, 2_000, "no answer") };
  }

  test("a body shorter than its Content-Length is 400 (RFC 4475 §3.1.2.2)", async () => {
    const { answers, final } = await send("clerr");
    await final();
    expect(answers).toEqual(["SIP/2.0 400 Bad Request"]);
  });

  test("octets behind the Content-Length are no second request (RFC 4475 §3.1.1.8)", async () => {
    const { app, answers, final } = await send("dblreq");
    await final();
    expect(answers).toEqual(["SIP/2.0 405 Method Not Allowed"]);
    expect(app.unread).toBe(0);
  });

  test("without a Content-Length the body runs to the end (RFC 4475 §3.4.1)", async () => {
    // RFC 3261 §8.1.1.8 has made Contact mandatory since: with one, nothing else stands against the call.
    const { app } = await send("inv2543", "\r\nContact: <sip:UserB@example.com>");
    const invite = await app.sip("INVITE");
    expect(invite.sip?.body).toContain("m=audio 49217 RTP/AVP 0");
  });
});
