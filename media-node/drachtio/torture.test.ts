// biome-ignore-all lint/style/noRestrictedImports: this test puts the real engine behind the adapters.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { describe, expect, onTestFinished, test } from "vitest";
import { ScriptedPeer } from "../engine/scripted-peer.ts";
import { OFFER, requestLines, startTestEngine, TEST_SECRET } from "../engine/test-engine.ts";
import { connectSrf } from "./connect.ts";
import { startSipServer } from "./server.ts";

const folders = ["rfc4475", "rfc5118"].map((name) => `../shared/corpora/${name}`);
const missing = folders.every((folder) => existsSync(folder))
  ? null
  : "../shared/corpora is absent";

async function startNode() {
  const engine = await startTestEngine();
  onTestFinished(() => engine[Symbol.asyncDispose]());
  const connection = await connectSrf({ port: engine.engine.controlPort, secret: TEST_SECRET });
  onTestFinished(() => connection[Symbol.asyncDispose]());
  const problems: string[] = [];
  connection.onLost((error) => problems.push(error.message));
  startSipServer(connection, {
    invite: (invite) => invite.reject("number_unknown"),
    options: () => ({ status: 200 }),
    refused: () => undefined,
  });
  const canary = await ScriptedPeer.connect(engine.port);
  onTestFinished(() => canary[Symbol.asyncDispose]());
  let calls = 0;
  const sing = async (): Promise<void> => {
    calls += 1;
    canary.send(
      requestLines("OPTIONS", { "Call-ID": `canary${calls}`, From: `<sip:c@d>;tag=c${calls}` }),
    );
    await canary.next("SIP/2.0 200");
  };
  for (let startLine = ""; !startLine.startsWith("SIP/2.0 200"); ) {
    canary.send(requestLines("OPTIONS"));
    ({ startLine } = await canary.next("SIP/2.0"));
  }
  return { engine, problems, sing };
}

describe.skipIf(missing !== null)(
  `torture over TCP${missing === null ? "" : ` (${missing})`}`,
  () => {
    test("engine and application outlive every message of RFC 4475 and RFC 5118", async () => {
      const { engine, problems, sing } = await startNode();
      for (const folder of folders) {
        for (const name of readdirSync(folder).filter((file) => file.endsWith(".dat"))) {
          const peer = await ScriptedPeer.connect(engine.port);
          peer.write(readFileSync(`${folder}/${name}`));
          await sing();
          await peer[Symbol.asyncDispose]();
        }
      }
      expect(problems).toEqual([]);
    });
  },
);

test("engine and application outlive thousands of mutated messages", async () => {
  const { engine, problems, sing } = await startNode();
  const seeds = ["INVITE", "OPTIONS", "REGISTER", "BYE", "CANCEL", "ACK"].map((method) => {
    const lines = requestLines(method, { "Content-Type": "application/sdp" });
    return `${[...lines, `Content-Length: ${OFFER.length}`].join("\r\n")}\r\n\r\n${OFFER}`;
  });
  const seed = 20_261_122;
  const random = mulberry32(seed);
  const below = (limit: number): number => Math.floor(random() * limit);
  for (let round = 0; round < 60; round += 1) {
    const peer = await ScriptedPeer.connect(engine.port);
    for (let count = 0; count < 50; count += 1) {
      const text = seeds[below(seeds.length)] ?? "";
      const bytes = Buffer.from(text.replaceAll("z9hG4bK", `z9hG4bK${below(1e9)}`));
      const headEnd = bytes.indexOf("\r\n\r\n");
      for (let edits = below(4); edits >= 0; edits -= 1) {
        const at = below(headEnd);
        if (random() < 0.5) bytes[at] = below(256);
        else bytes.copy(bytes, at, below(headEnd), headEnd);
      }
      peer.write(bytes);
    }
    await sing();
    await peer[Symbol.asyncDispose]();
  }
  const faults = engine.events.flatMap((event) => {
    return event.kind === "fault" && event.code === "message_treatment_failed"
      ? [event.detail]
      : [];
  });
  expect({ seed, faults, problems }).toEqual({ seed, faults: [], problems: [] });
}, 20_000);

/** A small seeded generator: the same run again from the printed seed. */
function mulberry32(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
