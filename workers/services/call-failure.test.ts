import { expect, test } from "vitest";
import { failureMessage } from "./call-failure.ts";

test("a call over a transport that the region does not have says which would work", () => {
  const own = { sipStatus: null, sipReason: null };
  expect(failureMessage({ ...own, endCode: "transport_unavailable" })).toBe(
    "INVITE failed: transport_unavailable: the nodes of this region have no UDP port; set the trunk's transport to tls, tcp or auto",
  );
  expect(failureMessage({ ...own, endCode: "carrier_unreachable" })).toBe(
    "INVITE failed: carrier_unreachable",
  );
  // What the carrier itself says is said first.
  expect(failureMessage({ endCode: "busy", sipStatus: 486, sipReason: "Busy here" })).toBe(
    "INVITE failed: sip status: 486: Busy here (SIP 486)",
  );
});
