import { describe, expect, test } from "vitest";
import { answeredCall, FRAME } from "../../tests/support/answered-call.ts";
import { ROUTE } from "../../tests/support/fake-call.ts";
import { offerSdp } from "../../tests/support/fake-parties.ts";
import { CALL_ENDS } from "./call-ends.ts";

describe("a re-INVITE", () => {
  const version = (sdp: string) => /^o=- \d+ (\d+) /m.exec(sdp)?.[1];

  async function reoffer(call: Awaited<ReturnType<typeof answeredCall>>, offer: string | null) {
    const outcome = await call.handlers.reoffer(offer);
    if (!("answer" in outcome)) throw new Error(`refused: ${outcome.refuse}`);
    return outcome.answer;
  }

  test.each(["sendonly", "inactive"])(
    "with a=%s is a hold, told to the agent, and sendrecv ends it",
    async (direction) => {
      const call = await answeredCall();
      const held = await reoffer(call, offerSdp({ version: 2, direction }));
      expect(held).toContain(direction === "sendonly" ? "a=recvonly\r\n" : "a=inactive\r\n");
      expect(version(held)).toBe("2");
      call.mediaSink.audio(FRAME);
      call.agent.audio(FRAME);
      expect(call.node.agent.heard).toEqual([]);
      expect(call.node.session.sent).toEqual([]);

      const resumed = await reoffer(call, offerSdp({ version: 3 }));
      expect(resumed).toContain("a=sendrecv\r\n");
      expect(version(resumed)).toBe("3");
      call.mediaSink.audio(FRAME);
      expect(call.node.agent.heard).toEqual([FRAME]);
      expect(call.node.agent.told).toEqual(["answered", "held", "resumed"]);
      expect(call.node.session.plans.map((plan) => plan.direction).slice(1)).toEqual([
        direction === "sendonly" ? "recvonly" : "inactive",
        "sendrecv",
      ]);
      call.handlers.ended({ by: "peer", reason: "BYE" });
      await call.handled;
    },
  );

  test("with the null address of older peers is a hold (RFC 3264 §8.4)", async () => {
    const call = await answeredCall();
    await reoffer(
      call,
      offerSdp({ version: 2 }).replace("c=IN IP4 192.0.2.10", "c=IN IP4 0.0.0.0"),
    );
    expect(call.node.agent.told).toEqual(["answered", "held"]);
    call.handlers.ended({ by: "peer", reason: "BYE" });
    await call.handled;
  });

  test("with an unchanged o= line is a refresh: the same answer, and media is not touched", async () => {
    const call = await answeredCall();
    expect(await reoffer(call, offerSdp())).toBe(call.invite.answers[0]);
    expect(call.node.journal).not.toContain("media.update");
    call.handlers.ended({ by: "peer", reason: "BYE" });
    await call.handled;
  });

  test("that holds without raising its version is answered as a hold, with the keys in use", async () => {
    const savp = [
      "m=audio 4000 RTP/SAVP 0",
      `a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:${"A".repeat(40)}`,
    ];
    const call = await answeredCall(offerSdp({ lines: savp }));
    const changed = offerSdp({
      direction: "sendonly",
      lines: [
        "m=audio 4000 RTP/SAVP 0",
        `a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:${"B".repeat(40)}`,
      ],
    });
    const held = await reoffer(call, changed);
    expect(held).toContain("a=recvonly\r\n");
    expect(call.node.session.plans[1]?.srtp).toEqual(call.node.session.plans[0]?.srtp);
    call.handlers.ended({ by: "peer", reason: "BYE" });
    await call.handled;
  });

  test("with the peer's new key keeps ours", async () => {
    const crypto = (letter: string) => [
      "m=audio 4000 RTP/SAVP 0",
      `a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:${letter.repeat(40)}`,
    ];
    const call = await answeredCall(offerSdp({ lines: crypto("A") }));
    await reoffer(call, offerSdp({ version: 2, lines: crypto("B") }));
    const [before, after] = call.node.session.plans;
    expect(after?.srtp?.send).toEqual(before?.srtp?.send);
    expect(after?.srtp?.receive).not.toEqual(before?.srtp?.receive);
    call.handlers.ended({ by: "peer", reason: "BYE" });
    await call.handled;
  });

  test("that cannot be met is refused and the call goes on as it was", async () => {
    const call = await answeredCall();
    const refused = await call.handlers.reoffer(
      offerSdp({ version: 2, lines: ["m=audio 4000 RTP/AVP 18"] }),
    );
    expect(refused).toEqual({ refuse: "no_common_codec" });
    call.mediaSink.audio(FRAME);
    expect(call.node.agent.heard).toEqual([FRAME]);
    const next = await reoffer(call, offerSdp({ version: 3 }));
    expect(version(next)).toBe("2");
    call.handlers.ended({ by: "peer", reason: "BYE" });
    await call.handled;
  });

  test("is answered in the trunk's order of codecs, as the call was", async () => {
    const call = await answeredCall(offerSdp({ lines: ["m=audio 4000 RTP/AVP 0 8 9"] }), (node) => {
      const media = { ...ROUTE.media, codecs: ["G722", "PCMA"], codecOrder: "ours" } as const;
      node.decide = () => ({ kind: "accept", route: { ...ROUTE, media } });
    });
    expect(call.invite.answers[0]).toContain("RTP/AVP 9\r\na=rtpmap:9 G722/8000\r\n");
    const answer = await reoffer(
      call,
      offerSdp({ version: 2, lines: ["m=audio 4000 RTP/AVP 0 8"] }),
    );
    expect(answer).toContain("RTP/AVP 8\r\n");
    expect(call.node.session.plans.map(({ codec }) => codec)).toEqual(["G722", "PCMA"]);
    call.handlers.ended({ by: "peer", reason: "BYE" });
    await call.handled;
  });

  test("without an offer gets ours, and the answer in its ACK is applied", async () => {
    const call = await answeredCall();
    const offer = await reoffer(call, null);
    expect(offer).toContain("m=audio 10000 RTP/AVP 0 8 101\r\n");
    expect(version(offer)).toBe("2");
    call.handlers.reanswered?.(
      offerSdp({ version: 2, direction: "sendonly", lines: ["m=audio 4002 RTP/AVP 8"] }),
    );
    expect(call.node.session.plans.at(-1)).toMatchObject({
      codec: "PCMA",
      remotePort: 4002,
      direction: "recvonly",
    });
    expect(call.node.agent.told).toEqual(["answered", "held"]);
    call.handlers.ended({ by: "peer", reason: "BYE" });
    await call.handled;
  });

  test("of ours whose answer cannot be used ends the call", async () => {
    const call = await answeredCall();
    await reoffer(call, null);
    call.handlers.reanswered?.(offerSdp({ version: 2, lines: ["m=audio 4000 RTP/AVP 18"] }));
    await call.handled;
    expect(call.dialog.byes).toEqual([{ cause: 488, text: CALL_ENDS.no_common_codec.reason }]);
  });

  test("of ours that stays without an answer changes nothing", async () => {
    const call = await answeredCall();
    await reoffer(call, null);
    call.handlers.reanswered?.(null);
    call.mediaSink.audio(FRAME);
    expect(call.node.agent.heard).toEqual([FRAME]);
    expect(call.node.session.plans).toHaveLength(1);
    call.handlers.ended({ by: "peer", reason: "BYE" });
    await call.handled;
  });
});
