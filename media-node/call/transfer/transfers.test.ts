import { describe, expect, test } from "vitest";
import { answeredCall } from "../../../tests/support/answered-call.ts";
import { ROUTE } from "../../../tests/support/fake-call.ts";
import { settle } from "../../../tests/support/virtual-clock.ts";
import { isAllowedTarget, parseTransferTarget } from "./transfer-target.ts";
import type { TransferRequest } from "./transfers.ts";

function request(changes: Partial<TransferRequest> = {}): TransferRequest {
  return {
    id: "t1",
    destination: "+4930123400-12",
    method: "refer",
    headers: {},
    userToUser: null,
    ...changes,
  };
}

const told = (call: Awaited<ReturnType<typeof answeredCall>>) =>
  call.node.agent.told.filter((line) => line.startsWith("transfer"));

describe("a transfer by REFER", () => {
  test("sends the caller on, tells the agent each step and ends the call as transferred", async () => {
    const call = await answeredCall();
    call.agent.transfer(request({ headers: { "X-Reason": "billing", "x-caller-id": "forged" } }));
    await settle();
    expect(call.dialog.refers).toEqual([
      {
        referTo: "<tel:+493012340012>",
        headers: {
          "X-Reason": "billing",
          "X-Conversation-ID": expect.stringMatching(/^conv_/),
          "X-Caller-ID": "+4930123456",
        },
      },
    ]);
    for (const status of [100, 180]) {
      call.handlers.referNotice?.({ status, reason: "", isLast: false });
    }
    call.handlers.referNotice?.({ status: 200, reason: "OK", isLast: true });
    await call.handled;
    expect(told(call)).toEqual([
      "transfer t1 accepted 100 ",
      "transfer t1 ringing 180 ",
      "transfer t1 succeeded 200 OK",
    ]);
    expect(call.node.record?.end.code).toBe("transferred");
    expect(call.node.record?.transfers).toMatchObject([
      { method: "refer", destination: "+4930123400-12", outcome: "succeeded", sipStatus: 200 },
    ]);
    expect(call.dialog.byes).toHaveLength(1);
  });

  test("names the conversation and its caller itself, whatever the trunk's settings call so", async () => {
    const call = await answeredCall(undefined, (node) => {
      const attributesToHeaders = { system__agent_id: "x-conversation-id" };
      node.decide = () => ({ kind: "accept", route: { ...ROUTE, attributesToHeaders } });
    });
    call.agent.transfer(request());
    await settle();
    expect(call.dialog.refers[0]?.headers).toEqual({
      "X-Conversation-ID": expect.stringMatching(/^conv_/),
      "X-Caller-ID": "+4930123456",
    });
    call.handlers.ended({ by: "peer", reason: "BYE" });
    await call.handled;
  });

  test("that fails leaves the caller with the agent, and another may follow", async () => {
    const call = await answeredCall();
    call.dialog.referAnswer = { status: 405, reason: "Method Not Allowed" };
    call.agent.transfer(request());
    await settle();
    expect(told(call)).toEqual(["transfer t1 failed 405 Method Not Allowed"]);
    call.dialog.referAnswer = { status: 202, reason: "Accepted" };
    call.agent.transfer(request({ id: "t2" }));
    await settle();
    call.handlers.ended({ by: "peer", reason: "BYE" });
    await call.handled;
    expect(told(call).at(-1)).toBe("transfer t2 succeeded null The peer left with the call.");
    expect(call.node.record?.end.code).toBe("transferred");
    expect(call.dialog.byes).toEqual([]);
  });

  test("a BYE before the REFER is accepted is a caller who hung up", async () => {
    const call = await answeredCall();
    call.dialog.referAnswer = null;
    call.agent.transfer(request());
    await settle();
    call.handlers.ended({ by: "peer", reason: "BYE" });
    await call.handled;
    expect(call.node.record?.end.code).toBe("caller_hung_up");
    expect(call.node.clock.pendingTimers).toBe(0);
  });

  test.each([
    ["a destination that is not allowed", { destination: "+4930999" }],
    ["something that is no destination", { destination: "Alice" }],
    ["a URI with headers of its own", { destination: "sip:desk@pbx.example.com?Replaces=x" }],
    ["a header of the protocol", { headers: { "Refer-To": "<sip:x@y>" } }],
    ["a header of the protocol by its compact form", { headers: { r: "<sip:x@y>" } }],
    ["a header that breaks out", { headers: { "X-A": "1\r\nX-B: 2" } }],
  ] as const)("%s is refused, and nothing is sent", async (_what, changes) => {
    const call = await answeredCall();
    call.agent.transfer(request(changes));
    await settle();
    expect(told(call)).toHaveLength(1);
    expect(told(call)[0]).toMatch(/^transfer t1 failed null /);
    expect(call.dialog.refers).toEqual([]);
    call.handlers.ended({ by: "peer", reason: "BYE" });
    await call.handled;
  });

  test("of two at once the second is refused", async () => {
    const call = await answeredCall();
    call.agent.transfer(request());
    call.agent.transfer(request({ id: "t2" }));
    await settle();
    expect(told(call)).toEqual(["transfer t2 failed null Another transfer is under way."]);
    expect(call.dialog.refers).toHaveLength(1);
    call.handlers.ended({ by: "peer", reason: "BYE" });
    await call.handled;
  });

  test("data for a SIP target travels in Refer-To, with its discriminator where it is wanted", async () => {
    const sent = async (
      discriminatorForm: "prefix" | "parameter",
      protocolDiscriminator: string | null,
      data = "Ana",
    ) => {
      const call = await answeredCall();
      const userToUser = { data, protocolDiscriminator, discriminatorForm };
      call.agent.transfer(request({ destination: "sip:desk@pbx.example.com", userToUser }));
      await settle();
      call.handlers.ended({ by: "peer", reason: "BYE" });
      await call.handled;
      return call.dialog.refers[0]?.referTo;
    };
    const uri = "sip:desk@pbx.example.com";
    expect(await sent("prefix", null)).toBe(`<${uri}?User-to-User=416e61%3Bencoding%3Dhex>`);
    expect(await sent("prefix", "04")).toBe(`<${uri}?User-to-User=04416e61%3Bencoding%3Dhex>`);
    expect(await sent("parameter", "04")).toBe(
      `<${uri}?User-to-User=416e61%3Bpd%3D04%3Bencoding%3Dhex>`,
    );
    expect(await sent("prefix", null, "x".repeat(257))).toBe(`<${uri}>`);
  });
});

describe("a transfer target", () => {
  const target = (text: string) => {
    const parsed = parseTransferTarget(text);
    if (parsed === null) throw new Error("no target");
    return parsed;
  };

  test.each([
    ["+49 30 1234", ["+49301234"]],
    ["tel:+49301234", ["+49*"]],
    ["+49301234", ["tel:+49 30*"]],
    ["+49301234", ["+1*", "+4930 1234"]],
    ["sip:a@b.example", ["sip:a@B.example"]],
    ["sips:a@b.example;transport=tls", ["sip:*@b.example"]],
  ])("%s is allowed by %j", (text, rules) => {
    expect(isAllowedTarget(target(text), rules)).toBe(true);
  });

  test.each([
    ["+49301234", []],
    ["+49301234", ["49301234"]],
    ["+49301234", ["+49301"]],
    ["+49301234", ["*"]],
    ["sip:a@b.example", ["sip:*@c.example"]],
    ["sip:a@evil.b.example", ["sip:*@b.example"]],
    ["sip:A@b.example", ["sip:a@b.example"]],
    ["+49301234", ["sip:+49301234@b.example"]],
  ])("%s is not allowed by %j", (text, rules) => {
    expect(isAllowedTarget(target(text), rules)).toBe(false);
  });

  test.each([
    "",
    "alice",
    "http://x",
    "sip:b.example",
    "sip:a:secret@b.example",
    "+49;ext=1",
    "sip:a@b.example;maddr=evil.example",
    "sip:a@b.example;transport=tls;METHOD=BYE",
    'sip:a@b.example;x=">,<sip:evil.example"',
  ])("%j is none", (text) => {
    expect(parseTransferTarget(text)).toBeNull();
  });
});
