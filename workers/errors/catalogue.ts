/** What may be wrong with a request, by its machine key. Published as `/errors.json`. */
interface ProblemRow {
  readonly status: number;
  readonly title: string;
  /** What it means, of any request. */
  readonly detail: string;
  /** What helps. */
  readonly remedy: string;
}

function row(status: number, title: string, detail: string, remedy: string): ProblemRow {
  return { status, title, detail, remedy };
}

/** Every `code` of a problem, and every status word of an error in the vendor's shape. */
// biome-ignore format: one problem a line reads as a table.
export const PROBLEMS = {
  address_not_allowed: row(403, "Address not allowed", "The API key is bound to addresses, and the request came from another.", "Send it from an address of the key's `allowed_cidrs`, or add yours to them."),
  address_not_published: row(409, "Node outside the published block", "A node wants to enrol with an address that is in no active published range.", "Activate a range that holds it, or give the node an address of the block."),
  agent_without_number: row(409, "Agent without number", "No phone number that takes calls is assigned to the agent.", "Assign a number to the agent."),
  api_key_missing: row(400, "Agent has no key", "The agent's connection has no key of its platform.", "Set `connection.api_key`."),
  audio_file_in_use: row(409, "Audio file in use", "An agent's settings name the file.", "Change the settings first."),
  audio_not_playable: row(422, "Audio not playable", "The file is no WAV that can be played to callers.", "Send 8 or 16 kHz PCM, mono, 16 bits."),
  batch_call_not_over: row(409, "Batch call not over", "Calls of the batch are to be placed, or under way.", "Cancel it, or wait until its status says that it is over."),
  batch_call_over: row(409, "Batch call over", "Nothing of the batch is left to do.", "Retry it, or submit another."),
  body_too_large: row(413, "Body too large", "The body is larger than any request of its path.", "Send less at a time."),
  call_ended: row(409, "Call ended", "The call has ended.", "List live calls for those that go on."),
  call_joined: row(409, "Call transferred", "Two people talk; the agent has left.", "Nothing: the call is theirs."),
  call_not_answered: row(409, "Call not answered", "The call rings.", "Try again when it is answered."),
  call_on_hold: row(409, "Call on hold", "The other side holds the call, so that nobody hears the keys.", "Try again when it is resumed."),
  changed_meanwhile: row(409, "Changed meanwhile", "Another request has changed what this one is about.", "Read it again, and send the change once more."),
  cross_site_request: row(403, "Request of another site", "A session of the console came with a request that another site's page has made.", "Use the API by its key from elsewhere; behind a proxy pass `Host` on."),
  csrf_token_missing: row(403, "CSRF token missing", "A session of the console wants to change something without its token.", "Send what `GET /v1/session` tells in `X-CSRF-Token`."),
  cursor_invalid: row(400, "Cursor does not fit", "The cursor was altered, or was made for other filters.", "Start without a cursor."),
  database_fault: row(500, "Internal error", "A fault of ours, logged under the request's identifier.", "Send us the `request_id`."),
  number_takes_no_calls: row(409, "Number takes no calls", "The number is not set up for calls that come in.", "Give it an `inbound_trunk_config`."),
  upgrade_required: row(426, "Upgrade required", "The path is a WebSocket's.", "Ask with `Upgrade: websocket`."),
  database_unavailable: row(503, "Unavailable", "The database does not answer at the moment.", "Try again after `Retry-After`."),
  delivery_pending: row(409, "Delivery pending", "The delivery is still to be made.", "Wait for what becomes of it."),
  destination_malformed: row(422, "Destination malformed", "It is no phone number and no SIP URI.", "Send it as `+15005550100` or `sip:…`."),
  destination_not_allowed: row(422, "Destination not allowed", "It is not among the transfer destinations of the agent or the number.", "Add it to `transfer_destinations`."),
  dns_not_configured: row(404, "No DNS reconciler", "The deployment leaves its DNS to Terraform alone.", "Set DNS_ZONE_ID, DNS_DOMAIN, DNS_NAMES and the key of the zone."),
  echo_report_not_found: row(404, "Echo report not found", "No call to `sip:echo@` has left a report under this token, or it is older than an hour.", "Call again, and read the address in the `Call-Info` header of the 200."),
  endpoint_disabled: row(409, "Endpoint disabled", "Nothing is posted to the webhook endpoint.", "Enable it first: `is_disabled: false`."),
  feed_key_missing: row(409, "No key signs the feed", "The deployment has no key to sign the published block with.", "Set FEED_SIGNING_KEY."),
  feed_unavailable: row(503, "Feed unavailable", "The published block cannot be read at the moment.", "Keep the list that you have, and try again."),
  header_malformed: row(409, "Header malformed", "A header of the transfer cannot be sent.", "Send names of tokens and values of one line."),
  host_label_taken: row(409, "Host label taken", "Another workspace has the host label.", "Choose another."),
  idempotency_in_progress: row(409, "Request in progress", "A request with this Idempotency-Key is being worked on.", "Send it again after `Retry-After`: it is answered alike."),
  idempotency_key_reused: row(422, "Idempotency-Key reused", "The Idempotency-Key was sent with another body before.", "Take a new key for another request."),
  identifier_ambiguous: row(409, "Calls could not be told apart", "Another trunk of the region would match the same calls.", "Give one of them addresses, credentials or a host of its own; `hint` says which."),
  initial_too_late: row(409, "Notice needed", "Nodes have been in the region, so that customers may rely on its addresses.", "Use the notice `scheduled`."),
  internal_error: row(500, "Internal error", "A fault of ours, logged under the request's identifier.", "Send us the `request_id`."),
  invalid_api_key: row(401, "API key not valid", "The API key is misspelt, unknown, revoked or expired.", "Make another, or take one that is active."),
  invalid_operator_token: row(401, "Operator token needed", "The path is for the deployment's operator.", "Send the operator token as bearer."),
  join_token_invalid: row(401, "Join token not valid", "The token is unknown, used or expired.", "Make another join token."),
  key_not_active: row(409, "Key not active", "The API key is revoked or has expired.", "Make another."),
  last_key: row(409, "Last key", "Without this key nobody could manage the workspace's keys.", "Make another key with every scope first."),
  last_range: row(409, "Last range", "An empty list would be of no use to any firewall.", "Propose and activate its successor first."),
  malformed_csv: row(400, "Not a table", "The body is no CSV.", "Quote fields with commas, quotes or line breaks (RFC 4180)."),
  malformed_json: row(400, "Not JSON", "The body is not JSON.", "Send JSON (RFC 8259)."),
  method_not_allowed: row(405, "Method not allowed", "The path exists, under other methods.", "Take one that `Allow` names."),
  missing_api_key: row(401, "API key needed", "The request has no API key.", "Send one in `xi-api-key`, or as bearer."),
  no_console: row(404, "No console", "The deployment was made without the console's files.", "`npm run build:console`, then deploy again."),
  no_node_answers: row(503, "No node answers", "No media node of the region answers at the moment.", "Try again after `Retry-After`."),
  no_outbound_trunk: row(409, "No outbound trunk", "The call's number has no outbound trunk.", "Give it one."),
  no_ranges: row(503, "No ranges", "The deployment has published no static addresses.", "Ask its operator."),
  no_such_list: row(404, "No such list", "The published block has no such file.", "`/network` names all that there are."),
  nobody_failed: row(409, "Nobody failed", "Nobody of the batch failed to be reached.", "Nothing is left to retry."),
  node_credential_invalid: row(401, "Node credential not valid", "The node's credential is missing, unknown or revoked.", "Enrol the node again."),
  node_not_linked: row(409, "Node not linked", "The node has no link to its hub at the moment.", "Try again when its state says that it is linked."),
  node_unreachable: row(503, "Node unreachable", "The node that has the call does not answer in time.", "Try again: with the same Idempotency-Key nothing is done twice."),
  not_announced: row(409, "Not announced", "The range is in another state.", "`detail` says which states this is for."),
  not_found: row(404, "Not found", "There is nothing that this key may see.", "Check path and identifier."),
  not_recorded: row(404, "Not recorded", "The conversation was not recorded.", "Set `recording` of the agent for later ones."),
  not_supported: row(400, "Not supported", "The vendor offers it, and it is not offered here.", "Do what the message says instead."),
  not_utf8: row(400, "Not UTF-8", "The line is not UTF-8.", "Write the file as UTF-8."),
  notice_running: row(409, "Notice running", "Customers are promised the time to change their firewalls.", "Wait, or send the notice `emergency` with a reason."),
  precondition_failed: row(412, "Changed meanwhile", "The resource is not as `If-Match` says; nothing was written.", "Read it again, and send the change with its present ETag."),
  quota_exceeded: row(429, "Too many requests", "The API key has used up its requests of this window.", "Wait for `Retry-After`; `RateLimit` says what is left."),
  range_not_active: row(409, "Range not active", "The range is in another state.", "`detail` says which states this is for."),
  range_not_deprecated: row(409, "Range not deprecated", "The range is in another state.", "`detail` says which states this is for."),
  range_not_pending: row(409, "Range not pending", "The range is in another state.", "`detail` says which states this is for."),
  range_removed: row(409, "Range removed", "The range is not of the block any more.", "Propose another."),
  range_in_use: row(409, "Range in use", "Nodes are enrolled at addresses of the range.", "Drain and revoke them first."),
  range_not_satisfiable: row(416, "Range not satisfiable", "The range begins behind the end of what is asked for.", "Ask for one within the octets that `Content-Range` tells."),
  range_overlaps: row(409, "Ranges overlap", "Another range of the block holds some of the addresses.", "Propose one beside it."),
  recording_failed: row(404, "Recording failed", "There is no recording, because it failed.", "Nothing: `detail` says why."),
  recording_missing: row(404, "Recording missing", "The recording is not where it was stored.", "Nothing: it is lost or was removed."),
  recording_not_ready: row(404, "Recording not ready", "The recording is being stored.", "Wait for `post_call_audio`, or try again."),
  recording_url_expired: row(403, "Address expired", "The recording's address is good for a few minutes only.", "Ask for the recording again."),
  rotation_running: row(409, "Rotation running", "Two keys are active already: the old and the new.", "Revoke one of them first."),
  row_too_large: row(413, "Row too large", "The line is longer than any row.", "Send less in it."),
  scope_missing: row(403, "Scope missing", "The API key does not hold the scope of this request.", "Take a key that holds the scope in `hint`."),
  scope_not_held: row(403, "Scope not held", "A key gives only scopes that it holds, and manages only keys of such.", "Take a key that holds them."),
  signed_url_not_supported: row(400, "No signed URLs", "The agent does not run on a platform that signs URLs.", "Call one of its numbers."),
  signed_url_refused: row(400, "Nothing signed", "The agent's platform has signed nothing.", "Correct the agent's `connection`."),
  sip_uri_by_refer_only: row(422, "SIP URI by REFER only", "A SIP URI is reached by the method refer only.", "Use the method `refer`, or a phone number."),
  too_many_audio_files: row(409, "Too many audio files", "The agent has as many files as it may have.", "Delete one first."),
  too_many_calls: row(429, "Too many calls", "More outbound calls a second than this key may order.", "Wait for `Retry-After`."),
  too_many_rows: row(413, "Too many rows", "The file has more rows than a request takes.", "Send the rest in another request."),
  too_many_test_calls: row(429, "Too many test calls", "An API key has one test call at a time, a workspace five and a region twenty.", "End the one that goes on."),
  too_many_trunk_tests: row(429, "Too many trunk tests", "Two tests of a workspace run at the same time, and ten begin in a minute.", "Wait for those that run."),
  test_call_joined: row(409, "Test call joined", "The audio of the test call has been joined already.", "Place another one."),
  test_call_not_supported: row(503, "Test calls not supported", "The nodes of the region are older than test calls.", "Ask the operator to bring them to a newer version."),
  transfer_under_way: row(409, "Transfer under way", "Another transfer of the call is under way.", "Wait for what becomes of it."),
  trunk_test_not_supported: row(503, "Trunk tests not supported", "The nodes of the region are older than trunk tests.", "Ask the operator to bring them to a newer version."),
  unavailable: row(503, "Unavailable", "The service cannot answer at the moment.", "Try again after `Retry-After`."),
  unsupported_media_type: row(415, "Unsupported media type", "The body is not declared as what the path takes.", "Send the content type in `hint`."),
  validation_failed: row(422, "Request not valid", "Something in the request is not as it must be.", "`errors` names every place, and a value that would pass where there is one."),
} as const satisfies Record<string, ProblemRow>;

export type ProblemCode = keyof typeof PROBLEMS;

/** Faults name themselves by a code too; not all of them are told. */
export function isProblemCode(code: string): code is ProblemCode {
  return Object.hasOwn(PROBLEMS, code);
}

/** Problems that others have named have their own type (draft-ietf-httpapi-ratelimit-headers-10 §5). */
const NAMED_TYPES: Readonly<Partial<Record<ProblemCode, string>>> = {
  quota_exceeded: "https://iana.org/assignments/http-problem-types#quota-exceeded",
};

/** RFC 9457 §3.1.1. */
export function problemType(code: ProblemCode, origin: string): string {
  return NAMED_TYPES[code] ?? `${origin}/errors#${code}`;
}

/** What `/errors.json` holds. */
export function problemCatalogue(origin: string) {
  return Object.entries(PROBLEMS).map(([code, problem]) => ({
    code,
    // A key of the table.
    type: problemType(code as ProblemCode, origin),
    ...problem,
  }));
}
