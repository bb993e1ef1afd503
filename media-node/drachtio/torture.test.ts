// biome-ignore-all lint/style/noRestrictedImports: this test puts the real engine behind the adapters.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { describe, expect, it, onTestFinished, test } from "vitest";
import { runFuzz } from "../../tests/load/fuzz.ts";
import { type Song, startHostileNode } from "../../tests/load/hostile-node.ts";
import { ScriptedPeer } from "../engine/scripted-peer.ts";
import { requestLines } from "../engine/test-engine.ts";
import {
  DATAGRAMS,
  DEVIATIONS,
  isAskedFor,
  REACTIONS,
  type Reaction,
  RFC5118_ASKS,
} from "./torture-table.ts";

const CORPORA = "../shared/corpora";
const missing = ["rfc4475", "rfc5118"].every((name) => existsSync(`${CORPORA}/${name}`))
  ? null
  : `${CORPORA} is absent`;
const CANARY_LIMIT_MS = 50;
const CANARY_EVERY = 25;
/** Every transaction of one message is forgotten before the next, which may use the same branch. */
const ALL_TIMERS_MS = 40_000;

/** What the RFCs ask for, message by message. */
function asks(): Record<string, string> {
  const rows: Record<string, { expect: string }> = JSON.parse(
    readFileSync(`${CORPORA}/rfc4475-expect.json`, "utf8"),
  );
  const rfc4475 = Object.entries(rows).map(([name, { expect: asked }]) => [name, asked]);
  return { ...Object.fromEntries(rfc4475), ...RFC5118_ASKS };
}

/** The octets as the RFCs have them: the copies lost line ends at the end of `baddn` and of all of RFC 5118. */
function octets(name: string): Buffer {
  const folder = name.startsWith("RFC5118") ? "rfc5118" : "rfc4475";
  const bytes = readFileSync(`${CORPORA}/${folder}/${name}.dat`);
  if (folder === "rfc4475" && bytes.includes("\r\n\r\n")) return bytes;
  const [head = "", body = ""] = bytes.toString("latin1").trimEnd().split("\r\n\r\n");
  const length = Number(/^Content-Length: (\d+)/m.exec(head)?.[1] ?? 0);
  return Buffer.from(`${head}\r\n\r\n${body.padEnd(length, "\r\n")}`, "latin1");
}

/** Sends one message on a connection of its own, and a probe behind it. */
async function reactionTo(
  node: Awaited<ReturnType<typeof startHostileNode>>,
  message: Buffer,
  expected: Reaction,
): Promise<Reaction> {
  await using peer = await ScriptedPeer.connect(node.port);
  peer.write(message);
  if (expected === "waits") {
    await node.sing();
    await node.sing();
    const unread = peer.unread;
    node.clock.advance(ALL_TIMERS_MS);
    await peer.closed;
    return unread === 0 ? "waits" : 200;
  }
  if (expected === "dropped") {
    // Responses are answered by nothing; the same connection goes on being read.
    peer.send(requestLines("OPTIONS", { "Call-ID": "probe@peer.test" }));
    const first = await peer.next("SIP/2.0 200");
    expect(first.header("Call-ID")).toBe("probe@peer.test");
    return "dropped";
  }
  const statuses: number[] = [];
  while (statuses.length < 1 || statuses.at(-1) === 100) {
    const { startLine } = await peer.next("SIP/2.0");
    statuses.push(Number(startLine.split(" ")[1]));
  }
  node.clock.advance(ALL_TIMERS_MS);
  return statuses.at(-1) ?? "waits";
}

describe.skipIf(missing !== null)(
  `torture over TCP${missing === null ? "" : ` (${missing})`}`,
  () => {
    it("has a row for every message of RFC 4475 and RFC 5118", () => {
      const files = ["rfc4475", "rfc5118"].flatMap((folder) => {
        return readdirSync(`${CORPORA}/${folder}`).filter((name) => name.endsWith(".dat"));
      });
      const names = files.map((file) => file.replace(/\.dat$/, "")).sort();
      expect(names).toHaveLength(49 + 12);
      expect(Object.keys(REACTIONS).sort()).toEqual(names);
      expect(Object.keys(asks()).sort()).toEqual(names);
    });

    test("each message gets the reaction its section asks for, or one of the deviations", async () => {
      const node = await startHostileNode({ answers: false });
      onTestFinished(() => node[Symbol.asyncDispose]());
      const seen: Record<string, Reaction> = {};
      const songs: Song[] = [];
      for (const [index, [name, expected]] of Object.entries(REACTIONS).entries()) {
        seen[name] = await reactionTo(node, octets(name), expected);
        if (index % CANARY_EVERY === 0) songs.push(await node.sing());
      }
      expect(seen).toEqual(REACTIONS);
      const asked = Object.entries(asks());
      const deviating = asked.filter(([name, text]) => {
        return !(name in DATAGRAMS) && !isAskedFor(text, seen[name] ?? "waits");
      });
      expect(deviating.map(([name]) => name).sort()).toEqual(Object.keys(DEVIATIONS).sort());
      expect(node.problems).toEqual([]);
      expect(Math.max(...songs.map(({ ownMs }) => ownMs))).toBeLessThan(CANARY_LIMIT_MS);
    });

    test("the address of RFC 5118 §4.5 is read without the blanks that the copy has in it", async () => {
      const node = await startHostileNode({ answers: false });
      onTestFinished(() => node[Symbol.asyncDispose]());
      const printed = octets("RFC5118_4_5_2").toString("latin1").replaceAll(" @", "@");
      expect(await reactionTo(node, Buffer.from(printed, "latin1"), 200)).toBe(200);
    });

    test("the INVITE of RFC 4475 §3.4.1 is accepted once it has what a stream and RFC 3261 ask for", async () => {
      const node = await startHostileNode({ answers: false });
      onTestFinished(() => node[Symbol.asyncDispose]());
      const [head = "", body = ""] = octets("inv2543").toString("latin1").split("\r\n\r\n");
      const whole = `${head}\r\nContent-Length: ${body.length}\r\nContact: <sip:UserB@example.com>`;
      const message = Buffer.from(`${whole}\r\n\r\n${body}`, "latin1");
      expect(await reactionTo(node, message, 404)).toBe(404);
    });
  },
);

test("engine and application outlive 3,000 mutated messages, the canary within 50 ms", async () => {
  const report = await runFuzz({ messages: 3_000, seed: 20_261_122, samples: 0 });
  const { problems, seed, canary } = report;
  expect({ seed, problems }).toEqual({ seed, problems: [] });
  expect(report.read + report.malformed).toBeGreaterThan(2_000);
  // Calls came up, so that mutated requests inside dialogs had something to hit.
  expect(report.answered).toBeGreaterThan(5);
  expect({ seed, isLate: canary.worstOwnMs >= CANARY_LIMIT_MS }).toEqual({ seed, isLate: false });
}, 60_000);
