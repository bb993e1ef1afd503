import { expect, test } from "vitest";
import { type SipResponse, writeMessage } from "../protocol/sip/message.ts";
import { KeptResponse } from "./kept-response.ts";

test("a response that is sent again is the same to the octet, body and odd headers included", () => {
  const response: SipResponse = {
    startLine: { kind: "response", status: 200, reason: "" },
    headers: [
      { name: "Via", value: "SIP/2.0/TCP peer.test;branch=z9hG4bK1;received=192.0.2.1" },
      { name: "Via", value: "SIP/2.0/UDP first.test, SIP/2.0/UDP second.test" },
      { name: "To", value: '"Größe, ok" <sip:a@test>;tag=b' },
      { name: "X-Empty", value: "" },
      { name: "Content-Type", value: "application/octet-stream" },
    ],
    body: Uint8Array.of(0, 13, 10, 255),
  };
  const written = Buffer.from(writeMessage(response));
  expect(Buffer.from(writeMessage(new KeptResponse(response).restore()))).toEqual(written);
});
