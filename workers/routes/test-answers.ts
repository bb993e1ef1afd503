import { newId } from "../../schema/values/ids.ts";
import type { Operation } from "./test-operations.ts";

/**
 * What operations say that they may answer and the matrix of all of them cannot have them answer: the test that
 * does, by its file, and why where there is none.
 */
const BY_TEST: Readonly<Record<string, readonly string[]>> = {
  "agent-audio-files.test.ts": [
    ...["putAgentAudioFile 200", "putAgentAudioFile 404", "putAgentAudioFile 409"],
    ...["deleteAgentAudioFile 200", "deleteAgentAudioFile 404", "deleteAgentAudioFile 409"],
  ],
  "api-keys.test.ts": ["getOwnApiKey 403", "updateApiKey 409", "revokeApiKey 409"],
  "batch-calls.test.ts": [
    ...["submitBatchCallTable 200", "submitBatchCallTable 404"],
    ...["exportBatchCall 200", "exportBatchCall 409", "cancelBatchCall 409"],
  ],
  "batch-call-life.test.ts": ["cancelBatchCall 200", "retryBatchCall 200"],
  "calls.test.ts": ["getCall 200", "hangUpCall 200", "transferCall 200", "dialCallKeys 200"],
  "dns-reconciler.test.ts": ["getDns 200", "getDns 404"],
  "live-calls.test.ts": ["watchLiveCalls 101", "watchLiveCalls 426"],
  "network-ranges.test.ts": [
    ...["activateAddressRange 200", "deprecateAddressRange 200", "removeAddressRange 200"],
    ...["activateAddressRange 409", "deprecateAddressRange 409", "removeAddressRange 409"],
    "proposeAddressRanges 409",
  ],
  "node-fleet.test.ts": [
    ...["getNode 200", "getNodeAsOperator 200", "drainNode 200", "drainNode 404", "drainNode 409"],
    ...["drainNodeAsOperator 200", "drainNodeAsOperator 409"],
  ],
  "number-imports.test.ts": ["importPhoneNumbers 200", "importPhoneNumbers 413"],
  "outbound-calls.test.ts": ["outboundCall 200"],
  "phone-numbers.test.ts": ["updatePhoneNumber 409"],
  "recordings.test.ts": [
    ...["getConversationAudio 200", "getConversationAudio 206", "getConversationRecording 200"],
  ],
  "region-key-rotation.test.ts": ["revokeNode 200"],
  "route-tests.test.ts": ["testRoute 200"],
  "routing-pull.test.ts": ["createWorkspace 409"],
  "sip-messages.test.ts": ["getConversationPcap 200"],
  "test-calls.test.ts": [
    ...["placeTestCall 200", "placeTestCall 404"],
    ...["joinTestCall 101", "joinTestCall 409", "joinTestCall 426"],
  ],
  "trunk-tests.test.ts": ["testTrunk 200"],
  "vendor-surface.test.ts": [
    ...["setAgentHoldAudio 200", "deleteAgentHoldAudio 200"],
    ...["getSignedUrl 200", "getSignedUrl 400", "getSignedUrl 404"],
    ...["getSignedUrlDeprecated 200", "getSignedUrlDeprecated 400", "getSignedUrlDeprecated 404"],
  ],
  "webhook-deliveries.test.ts": ["replayWebhookDelivery 202", "replayWebhookDeliveries 409"],
  "nothing: it holds fields that change by themselves, and is always sent whole": [
    ...["listWebhooks 304", "listApiKeys 304", "getOwnApiKey 304", "getApiKey 304"],
    ...["listWebhookEndpoints 304", "getWebhookEndpoint 304"],
  ],
  "nothing: whoever asks again is seldom answered the same": [
    ...["getSignedUrl 304", "getSignedUrlDeprecated 304", "getLimits 304"],
    ...[
      "getCall 304",
      "getNode 304",
      "getConversationRecording 304",
      "listPhoneNumberActivity 304",
    ],
  ],
  "nothing: the workspace of a key would have to be gone": ["getLimits 404", "listWorkspaces 404"],
};

/** As `operation status`. */
export const ELSEWHERE: ReadonlySet<string> = new Set(Object.values(BY_TEST).flat());

/** Of reads that need one. */
export const QUERIES: Readonly<Record<string, string>> = {
  getUsage: "?from=2026-11-01&to=2026-11-02",
  listPhoneNumberActivity: `?phone_number_ids=${newId("phoneNumber")}`,
};

/** Of bodies that are no JSON. */
export const TYPES: Readonly<Record<string, string>> = {
  importPhoneNumbers: "application/x-ndjson",
  submitBatchCallTable: "text/csv",
  putAgentAudioFile: "audio/wav",
  setAgentHoldAudio: "multipart/form-data; boundary=b",
};

/** Idempotent operations that need a node, a file or something that has happened: beside their own routes. */
export const IDEMPOTENT_ELSEWHERE = [
  ...["dialCallKeys", "hangUpCall", "transferCall", "testTrunk", "placeTestCall", "outboundCall"],
  ...["importPhoneNumbers", "submitBatchCallTable", "retryBatchCall", "replayWebhookDelivery"],
];

/** Reads that need a call that is up or ordered, a recording, or a part that this deployment has not. */
export const READ_ELSEWHERE = [
  ...["watchLiveCalls", "getCall", "getConversationAudio", "getConversationRecording"],
  ...[
    "joinTestCall",
    "getConversationPcap",
    "getSignedUrl",
    "getSignedUrlDeprecated",
    "exportBatchCall",
  ],
  ...["getDns", "getNode", "getNodeAsOperator"],
];

/** What has to be something else first: a batch that is over, an agent with audio, a key beside the last one. */
export const DELETED_ELSEWHERE = ["deleteAgentAudioFile", "deleteAgentHoldAudio", "revokeNode"];

/**
 * 409 of `Idempotency-Key`, which requests at the same time may or may not meet; and 422, which is said of every path behind a
 * key, also of those that are asked with nothing that could be wrong.
 */
export function isRaceOrForm(operations: readonly Operation[], one: string): boolean {
  const [id = "", status] = one.split(" ");
  const found = operations.find((operation) => operation.id === id);
  if (ELSEWHERE.has(one)) return false;
  return (
    (status === "409" && found?.isIdempotent === true) ||
    (status === "422" && found?.takesJson === false)
  );
}
