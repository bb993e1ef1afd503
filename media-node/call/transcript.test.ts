import { describe, expect, test } from "vitest";
import { answeredCall } from "../../tests/support/answered-call.ts";
import { FakeNode } from "../../tests/support/fake-call.ts";
import { FakeInvite, offerSdp } from "../../tests/support/fake-parties.ts";
import { settle } from "../../tests/support/virtual-clock.ts";
import type { TranscriptEvent } from "./agent-ports.ts";
import { handleInbound } from "./inbound/inbound.ts";
import { Transcript } from "./transcript.ts";

const said = (role: "user" | "agent", text: string, eventId: string | null = null) =>
  ({ kind: "said", role, text, eventId }) as const;

function transcriptOf(...events: readonly (readonly [TranscriptEvent, number])[]) {
  const transcript = new Transcript();
  for (const [event, atMs] of events) transcript.tell(event, atMs);
  return transcript.take();
}

describe("a transcript", () => {
  test("has what was said in the order in which it was said, whenever it is told", () => {
    expect(
      transcriptOf(
        [said("agent", "Hello"), 100],
        [said("agent", "One moment"), 5_000],
        [{ ...said("user", "My parcel?"), agoMs: 2_000 }, 5_500],
        [{ ...said("user", "Early"), agoMs: 9_999_999 }, 5_600],
      ).said,
    ).toEqual([
      { role: "user", text: "Early", timeMs: 0 },
      { role: "agent", text: "Hello", timeMs: 100 },
      { role: "user", text: "My parcel?", timeMs: 3_500 },
      { role: "agent", text: "One moment", timeMs: 5_000 },
    ]);
  });

  test("says of an agent that was interrupted what was heard and what was meant, by event or by order", () => {
    const correction = { kind: "corrected", role: "agent" } as const;
    expect(
      transcriptOf(
        [said("agent", "It left Hamburg this morning", "1"), 0],
        [said("agent", "Anything else?", "2"), 1_000],
        [{ ...correction, eventId: "1", text: "It left" }, 1_500],
        [{ ...correction, eventId: "1", text: "It" }, 1_600],
        [{ ...correction, eventId: null, text: null }, 1_700],
        [{ ...correction, eventId: "9", text: "of nothing" }, 1_800],
        [said("user", "wait", "2"), 2_000],
        [{ kind: "corrected", role: "user", eventId: "2", text: "weight" }, 2_100],
      ).said,
    ).toEqual([
      {
        role: "agent",
        text: "It",
        originalText: "It left Hamburg this morning",
        timeMs: 0,
        interrupted: true,
      },
      { role: "agent", text: "Anything else?", timeMs: 1_000, interrupted: true },
      { role: "user", text: "weight", originalText: "wait", timeMs: 2_000 },
    ]);
  });

  test("keeps 2,000 messages, 256 KiB as they are written and 16,384 characters of one, and counts the rest", () => {
    const many = new Transcript();
    for (let i = 0; i < 2_010; i++) many.tell(said("user", `${i}`), i);
    const taken = many.take();
    expect(taken.said).toHaveLength(2_000);
    expect(taken.warning).toBe("The transcript is too long: 10 messages of it were not kept.");

    const large = new Transcript();
    // Six bytes each where it is written.
    for (let i = 0; i < 10; i++) large.tell(said("user", "\u0001".repeat(20_000)), i);
    large.tell({ kind: "corrected", role: "user", eventId: null, text: "x".repeat(99_999) }, 11);
    const { said: kept, warning } = large.take();
    expect(kept.map(({ text }) => text.length)).toEqual([16_384, 16_384]);
    expect(kept.every(({ originalText }) => originalText === undefined)).toBe(false);
    expect(Buffer.byteLength(JSON.stringify(kept))).toBeLessThanOrEqual(262_144);
    expect(warning).toBe("The transcript is too long: 8 messages of it were not kept.");
    expect(transcriptOf([said("user", `${"x".repeat(16_383)}😀`), 0]).said[0]?.text).toBe(
      `${"x".repeat(16_383)}\ufffd`,
    );
  });

  test("of nothing is nothing", () => {
    expect(transcriptOf([said("user", ""), 0])).toEqual({ said: [], warning: null });
  });
});

describe("the transcript of a call", () => {
  test("is in its record, timed from the answer, with what came after the agent's hang-up, and in no log", async () => {
    const call = await answeredCall();
    await call.node.clock.advance(1_200);
    call.agent.transcript(said("user", "Where is my parcel?"));
    await call.node.clock.advance(800);
    call.agent.transcript(said("agent", "It left Hamburg this morning.", "7"));
    call.agent.hangUp("done");
    call.agent.transcript({ kind: "corrected", role: "agent", eventId: "7", text: "It left" });
    await call.node.clock.advance(1_000);
    await call.handled;
    expect(call.node.record?.transcript).toEqual([
      { role: "user", text: "Where is my parcel?", timeMs: 1_200 },
      {
        role: "agent",
        text: "It left",
        originalText: "It left Hamburg this morning.",
        timeMs: 2_000,
        interrupted: true,
      },
    ]);
    expect(call.node.record?.warnings).toBeUndefined();
    expect(JSON.stringify(call.node.logs)).not.toContain("parcel");
  });

  test("begins with what the agent said before the answer", async () => {
    const node = new FakeNode();
    const attach = node.agent.attach.bind(node.agent);
    node.agent.attach = (sink) => {
      attach(sink);
      sink.transcript(said("agent", "Hello"));
    };
    const invite = new FakeInvite(node.journal, offerSdp());
    const handled = handleInbound(invite, node);
    await settle();
    invite.dialog.handlers?.ended({ by: "peer", reason: "BYE" });
    await handled;
    expect(node.record?.transcript).toEqual([{ role: "agent", text: "Hello", timeMs: 0 }]);
  });

  test("that was cut warns in the record", async () => {
    const call = await answeredCall();
    for (let i = 0; i < 2_001; i++) call.agent.transcript(said("user", "a"));
    call.handlers.ended({ by: "peer", reason: "BYE" });
    await call.handled;
    expect(call.node.record?.warnings).toEqual([
      "The transcript is too long: 1 messages of it were not kept.",
    ]);
  });
});
