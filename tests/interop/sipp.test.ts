import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  type PeerFiles,
  type ProxiedNode,
  startProxiedNode,
  writePeerFiles,
} from "../support/proxied-node.ts";
import { sdpOffer } from "../support/sip-peer.ts";
import { hasSipp, runSipp, sippExpects, sippRequest } from "../support/sipp.ts";
import { skipsFor, suiteName } from "../support/skip.ts";

const missing = hasSipp() ? null : "Debian's sip-tester is not installed";
const CALLS = 50;

describe.skipIf(skipsFor(missing))(suiteName("sipp over TCP", missing), () => {
  let files: PeerFiles;
  beforeAll(async () => {
    files = await writePeerFiles();
  });
  afterAll(() => files[Symbol.asyncDispose]());

  /** A node that answers every call; `ended` counts the BYEs that reached the calls. */
  async function answering(): Promise<{ node: ProxiedNode; ended: string[] }> {
    const node = await startProxiedNode(files);
    const ended: string[] = [];
    const answer = async (): Promise<void> => {
      for (;;) {
        const invite = await node.invited();
        invite.ringing();
        invite.answer(sdpOffer(9)).then(
          (dialog) =>
            dialog.attach({
              ended: ({ by }) => ended.push(by),
              reoffer: async () => ({ answer: sdpOffer(9) }),
            }),
          (error: unknown) => ended.push(String(error)),
        );
      }
    };
    // It waits for the next one until the node is gone.
    answer().catch(() => undefined);
    return { node, ended };
  }

  test.each([
    { name: "one connection", transport: "t1" },
    { name: "a connection for each", transport: "tn" },
  ] as const)(
    "fifty calls, twenty a second, over $name: every one answered and ended",
    async ({ transport }) => {
      const { node, ended } = await answering();
      const result = await runSipp({
        steps: [
          sippRequest("INVITE", 1, { sdp: true }),
          sippExpects(100),
          sippExpects(180),
          sippExpects(200, { rrs: true }),
          sippRequest("ACK", 1),
          '<pause milliseconds="200"/>',
          sippRequest("BYE", 2),
          sippExpects(200),
        ].join("\n"),
        target: `127.0.0.1:${node.tcpPort}`,
        calls: CALLS,
        callsPerSecond: 20,
        transport,
      });
      expect(result).toEqual({ exitCode: 0, succeeded: CALLS, failed: 0, errors: "" });
      expect(ended).toEqual(Array.from({ length: CALLS }, () => "peer"));
    },
  );

  test("a caller that has closed its connection is answered its BYE on a new one", async () => {
    const { node, ended } = await answering();
    const result = await runSipp({
      steps: [
        sippRequest("INVITE", 1, { sdp: true }),
        sippExpects(100),
        sippExpects(180),
        sippExpects(200, { rrs: true }),
        sippRequest("ACK", 1),
        '<pause milliseconds="100"/>',
        "<nop><action><closecon/></action></nop>",
        '<pause milliseconds="100"/>',
        sippRequest("BYE", 2),
        sippExpects(200),
      ].join("\n"),
      target: `127.0.0.1:${node.tcpPort}`,
      calls: 10,
      callsPerSecond: 10,
      transport: "tn",
    });
    expect(result).toEqual({ exitCode: 0, succeeded: 10, failed: 0, errors: "" });
    expect(ended).toEqual(Array.from({ length: 10 }, () => "peer"));
    const sources = new Set(
      node.engine.events.flatMap((event) =>
        event.kind === "message" && /^(?:INVITE|BYE) /.test(event.startLine)
          ? [event.remotePort]
          : [],
      ),
    );
    expect(sources.size).toBe(20);
  });
});
