import { expect, test } from "vitest";
import { csvOf } from "./csv.ts";
import { operationWords } from "./operation-words.ts";
import { phoneGroups } from "./phone-format.ts";
import { fieldProblem, problemOf, titleOf } from "./problem.ts";
import { importBody, linesOf, NEW_DRAFT, splitPasted, updateBody } from "./trunk-form.ts";
import { briefTime, durationWords, visibleText, waitWords } from "./words.ts";

test("no cell of a table is a formula, and none can end its row", () => {
  const csv = csvOf(
    ["From", "Name"],
    [
      ["+493012345678", '=HYPERLINK("http://evil")'],
      ["@x", 'a"b\r\nc'],
    ],
  );
  expect(csv).toBe(
    'From,Name\r\n+493012345678,"\'=HYPERLINK(""http://evil"")"\r\n\'@x,"a""b⟨U+000D⟩\nc"\r\n',
  );
});

test("what cannot be seen is written out, and nothing else is touched", () => {
  expect(visibleText("Zoë\t😀\n<b>&amp;")).toBe("Zoë\t😀\n<b>&amp;");
  expect(visibleText("a\u0000b\u202ec\u200dd\ud800")).toBe("a⟨U+0000⟩b⟨U+202E⟩c⟨U+200D⟩d\ufffd");
});

test("the groups of a phone number are together the number", () => {
  for (const number of ["+493012345678", "+15005550100", "+442079460958", "+999123"]) {
    expect(phoneGroups(number).join("")).toBe(number);
  }
  expect(phoneGroups("+493012345678").length).toBeGreaterThan(1);
});

test("both shapes of an error are told at the field that they name", () => {
  const vendor = problemOf(422, new Headers({ "request-id": "req_1" }), {
    detail: [
      {
        loc: ["body", "inbound_trunk_config", "allowed_addresses", 0],
        msg: "No block.",
        type: "x",
        hint: "203.0.113.0/24",
      },
    ],
  });
  expect(vendor).toMatchObject({ kind: "invalid", requestId: "req_1" });
  expect(fieldProblem(vendor, "/inbound_trunk_config/allowed_addresses")).toMatchObject({
    detail: "No block.",
    hint: "203.0.113.0/24",
  });
  expect(fieldProblem(vendor, "/inbound_trunk_config/allowed")).toBeNull();
  const own = problemOf(409, new Headers(), {
    code: "range_in_use",
    detail: "In use.",
    hint: "wait",
  });
  expect(own).toMatchObject({
    kind: "conflict",
    code: "range_in_use",
    hint: "wait",
    message: "In use.",
  });
  const fast = problemOf(429, new Headers({ "retry-after": "7" }), {
    detail: { status: "too_fast", message: "Slow down." },
  });
  expect(titleOf(fast)).toBe("Too many requests: try again in 7 s");
  const unpublished = { code: "no_ranges", detail: "None." };
  expect(problemOf(503, new Headers(), unpublished)).toMatchObject({ kind: "not_found" });
  expect(problemOf(502, new Headers(), undefined)).toMatchObject({
    kind: "unavailable",
    status: 502,
  });
});

test("a pasted URI is taken apart, and a plain host is left alone", () => {
  expect(splitPasted("sip.telnyx.com")).toBeNull();
  expect(splitPasted("sip:+49301@sip.telnyx.com:5061;transport=tls")).toMatchObject({
    change: { address: "sip.telnyx.com", port: "", transport: "tls" },
  });
  const clear = splitPasted("sip:pbx.example.com:5080;transport=udp");
  expect(clear?.change).toMatchObject({
    address: "pbx.example.com",
    port: "5080",
    transport: "udp",
    outboundEncryption: "disabled",
  });
  expect(clear?.words).toContain("choose TLS");
});

test("an import has what was typed, and a new password only when one was", () => {
  const draft = {
    ...NEW_DRAFT,
    phoneNumber: " +493012345678 ",
    address: "a.example",
    outboundUser: "u",
    allowedAddresses: "1.2.3.4\n\n5.6.7.0/24, 9.9.9.9",
  };
  expect(importBody(draft)).toMatchObject({
    phone_number: "+493012345678",
    label: "+493012345678",
    agent_id: null,
    outbound_trunk_config: {
      transport: "tls",
      media_encryption: "required",
      credentials: { username: "u" },
    },
    inbound_trunk_config: {
      allowed_addresses: ["1.2.3.4", "5.6.7.0/24", "9.9.9.9"],
      credentials: null,
    },
  });
  expect(linesOf(" a ;b,\n")).toEqual(["a", "b"]);
});

test("saving sends back what the form does not show, and never what answers alone tell", () => {
  const outbound = {
    address: "a.example",
    transport: "tls",
    media_encryption: "required",
    headers: {},
    attributes_to_headers: { tenant: "X-Tenant" },
    has_auth_credentials: true,
    username: "u",
    has_outbound_trunk: true,
    enabled_codecs: [],
    caller_identity: { from_user: "number", asserted_identity: "none", number_form: "as_given" },
    insecure_sdes: false,
    calls_per_second: 3,
    remote_domains: null,
    phone_transfer_form: "tel",
    allow_refer: true,
  } as const;
  const view = { inbound_trunk: null, outbound_trunk: outbound };
  const draft = { ...NEW_DRAFT, address: "b.example", outboundUser: "u", hasInbound: false };
  const body = updateBody(draft, view as never); // only its trunks are read
  expect(body["outbound_trunk_config"]).toMatchObject({
    address: "b.example",
    attributes_to_headers: { tenant: "X-Tenant" },
    calls_per_second: 3,
    allow_refer: true,
    credentials: { username: "u" },
  });
  expect(Object.keys(body["outbound_trunk_config"] as object)).not.toContain(
    "has_auth_credentials",
  );
  expect(body).not.toHaveProperty("inbound_trunk_config");
});

test("durations are words", () => {
  expect([0.4, 61, 3_725].map(durationWords)).toEqual(["0 s", "1 min 01 s", "1 h 02 min"]);
});

test("an entry of the audit log says what was done, and an unknown request stands as it is", () => {
  const words = {
    "POST /v1/convai/phone-numbers": "Phone number created",
    "POST /v1/convai/agents/create": "Agent created",
    "PATCH /v1/convai/phone-numbers/phnum_01": "Phone number changed",
    "DELETE /v1/webhook-endpoints/whe_01": "Webhook endpoint deleted",
    "POST /v1/webhook-endpoints/whe_01/rotate-secret": "Webhook endpoint: rotate secret",
    "TRACE /": "TRACE /",
    "": "",
  };
  for (const [operation, said] of Object.entries(words)) {
    expect(operationWords(operation)).toBe(said);
  }
});

test("a wait is told to the tenth while it can be felt, and a time of another day by its day", () => {
  expect([0.195, 9.94, 12.2, -1].map(waitWords)).toEqual(["0.2 s", "9.9 s", "12 s", "0.0 s"]);
  const atMs = new Date(2026, 10, 22, 9, 30).getTime();
  expect(briefTime(atMs, atMs + 3_600_000)).toMatch(/30/);
  expect(briefTime(atMs, atMs + 3_600_000)).not.toMatch(/2026/);
  expect(briefTime(atMs, atMs + 24 * 3_600_000)).toMatch(/22/);
  expect(briefTime(atMs, atMs + 24 * 3_600_000)).not.toMatch(/2026/);
  expect(briefTime(atMs, atMs + 365 * 24 * 3_600_000)).toMatch(/2026/);
});
