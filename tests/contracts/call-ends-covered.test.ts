import { existsSync, readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { CALL_ENDS, type CallEndCode } from "../../media-node/call/call-ends.ts";

/**
 * Every row of CALL_ENDS, with the test that shows it on a whole node or a whole system, or with the reason why no peer
 * can cause it. A row that is added has to be added here.
 */
type Shown = { readonly in: string } | { readonly noPeer: string };

const ENDS = "tests/e2e/call-ends.test.ts";
const ORDERS = "tests/e2e/order-ends.test.ts";
const NODE = "media-node/node.test.ts";
const MEDIA = "media-node/media-processes.test.ts";
const OUTBOUND = "media-node/outbound-node.test.ts";
const CALLS_OUT = "tests/e2e/outbound-call.test.ts";
const LIMITS = "tests/e2e/limits.test.ts";
const LIMIT_ENDS = "tests/e2e/limit-ends.test.ts";
const STATES = "tests/e2e/node-state-ends.test.ts";

const COVERED: Record<CallEndCode, Shown> = {
  caller_hung_up: { in: NODE },
  agent_hung_up: { in: ENDS },
  transferred: { in: ENDS },
  cancelled: { in: "media-node/pre-call.test.ts" },
  hung_up_by_api: { in: "tests/e2e/conversation-life.test.ts" },
  agent_lost: { in: ENDS },
  agent_unavailable: { in: ENDS },
  no_agent_assigned: { in: ENDS },
  precall_rejected: { in: "media-node/pre-call.test.ts" },
  precall_failed: { in: "tests/e2e/pre-call-webhook.test.ts" },
  number_unknown: { in: "tests/e2e/refusals.test.ts" },
  number_ambiguous: { in: ENDS },
  source_unknown: { in: "tests/e2e/refusals.test.ts" },
  source_not_allowed: { in: ENDS },
  caller_not_allowed: { in: ENDS },
  digest_rejected: { in: "tests/e2e/caller-authentication.test.ts" },
  digest_throttled: { in: ENDS },
  echo_limit: { in: "tests/e2e/reachability.test.ts" },
  malformed_request: { in: ENDS },
  registration_not_supported: { in: "tests/e2e/refusals.test.ts" },
  encryption_required: { in: ENDS },
  encryption_not_accepted: { in: ENDS },
  no_common_crypto: { in: ENDS },
  no_common_codec: { in: ENDS },
  no_audio: { in: ENDS },
  workspace_limit: { in: LIMIT_ENDS },
  agent_limit: { in: LIMITS },
  daily_limit: { in: LIMIT_ENDS },
  trunk_rate_limit: { in: LIMIT_ENDS },
  limit_undecided: { in: LIMIT_ENDS },
  queue_timeout: { in: LIMITS },
  silence_timeout: { in: LIMIT_ENDS },
  media_timeout: { in: ENDS },
  media_lost: { in: MEDIA },
  max_duration: { in: ENDS },
  ack_timeout: { in: ENDS },
  signalling_lost: { in: NODE },
  node_lost: { in: "tests/e2e/lost-nodes.test.ts" },
  node_draining: { in: STATES },
  node_not_ready: { in: STATES },
  node_shutdown: { in: NODE },
  ports_exhausted: { in: STATES },
  internal_error: {
    noPeer: "a defect of the node: media-node/call/inbound/inbound-refusals.test.ts throws one",
  },
  callee_hung_up: { in: CALLS_OUT },
  voicemail_detected: { in: "media-node/voicemail-node.test.ts" },
  busy: { in: CALLS_OUT },
  no_answer: { in: CALLS_OUT },
  declined: { in: CALLS_OUT },
  order_cancelled: { in: OUTBOUND },
  callee_unknown: { in: CALLS_OUT },
  carrier_refused: { in: CALLS_OUT },
  carrier_auth_failed: { in: CALLS_OUT },
  carrier_media_refused: { in: OUTBOUND },
  redirected: { in: CALLS_OUT },
  carrier_unavailable: { in: CALLS_OUT },
  carrier_failed: { in: ORDERS },
  carrier_not_found: { in: OUTBOUND },
  carrier_unreachable: { in: OUTBOUND },
  carrier_tls_failed: { in: OUTBOUND },
  carrier_address_refused: { in: ORDERS },
  no_response: { in: ORDERS },
  answer_downgraded: { in: OUTBOUND },
  answer_unusable: { in: ORDERS },
  no_outbound_trunk: { in: ORDERS },
  callee_not_dialable: { in: ORDERS },
  trunk_insecure: { in: OUTBOUND },
  transport_unavailable: { in: OUTBOUND },
  credentials_unavailable: { in: ORDERS },
  order_expired: { in: OUTBOUND },
  order_not_kept: { in: ORDERS },
  node_restarted: { in: ORDERS },
  outcome_unknown: { in: "tests/e2e/outbound-once.test.ts" },
};

it("every row of CALL_ENDS is listed, and nothing else", () => {
  expect(Object.keys(COVERED).sort()).toEqual(Object.keys(CALL_ENDS).sort());
});

it.each(Object.entries(COVERED))(
  "%s is shown by a test that names it, or says why not",
  (code, shown) => {
    if ("noPeer" in shown) {
      expect(shown.noPeer).toMatch(/\w+ .*\.test\.ts/);
      return;
    }
    // A test of one part of the node would not show what the peer sees.
    expect(shown.in).toMatch(/^(?:tests\/e2e|media-node)\/[\w-]+\.test\.ts$/);
    expect(existsSync(shown.in), shown.in).toBe(true);
    const statements = readFileSync(shown.in, "utf8").replace(/^\s*(?:\/\/|\/?\*).*$/gm, "");
    expect(
      new RegExp(`["']${code}["']`).test(statements),
      `${shown.in} does not name ${code}`,
    ).toBe(true);
  },
);
