import { expect, test } from "vitest";
import { establish, requestLines, startTestEngine } from "./test-engine.ts";

/** RFC 3261 §17.1.1.2: 64*T1, which no transaction here outlives. */
const TRANSACTION_LIFE_MS = 32_000;

test("a call that is over leaves neither dialog nor transaction, and while it lasts both are counted", async () => {
  await using engine = await startTestEngine();
  const app = await engine.app();
  const peer = await engine.peer();
  expect(engine.engine.counts()).toMatchObject({ dialogs: 0, transactions: 0 });
  const call = await establish(peer, app);
  // RFC 6026 §7.1: the INVITE's transaction waits for repetitions after its 2xx.
  expect(engine.engine.counts()).toMatchObject({ dialogs: 1, transactions: 1 });
  peer.send(requestLines("BYE", call.inDialog(2, "BYE"), call.target));
  await app.respond(await app.sip("BYE"), "200 OK");
  await peer.next("SIP/2.0 200");
  expect(engine.engine.counts().dialogs).toBe(0);
  engine.clock.advance(TRANSACTION_LIFE_MS);
  expect(engine.engine.counts().transactions).toBe(0);
});
