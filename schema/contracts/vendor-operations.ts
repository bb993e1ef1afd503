/**
 * Every operation of the vendor's API that concerns telephony, and what becomes of it here: the refused ones are
 * answered from this table, and docs/design/vendor-api.md is held to it.
 */
export interface VendorOperation {
  readonly method: "DELETE" | "GET" | "PATCH" | "POST";
  /** As the vendor's OpenAPI document writes it. */
  readonly path: string;
  readonly state: "refused" | "supported";
  /** Of a refused one: why, and what to do instead. Of the others: where it differs; empty when it does not. */
  readonly note: string;
}

const supported = (
  method: VendorOperation["method"],
  path: string,
  note = "",
): VendorOperation => ({ method, path, state: "supported", note });

const refused = (
  method: VendorOperation["method"],
  path: string,
  note: string,
): VendorOperation => ({ method, path, state: "refused", note });

export const VENDOR_OPERATIONS: readonly VendorOperation[] = [
  supported(
    "POST",
    "/v1/convai/phone-numbers",
    "SIP trunks; `twilio` and `exotel` are 422 `provider_not_supported`",
  ),
  supported("GET", "/v1/convai/phone-numbers", "a bare array; `provider`, `agent_id`, `branch_id`"),
  supported("GET", "/v1/convai/v2/phone-numbers", "paged, sorted, searched"),
  supported("GET", "/v1/convai/phone-numbers/{phone_number_id}"),
  supported(
    "PATCH",
    "/v1/convai/phone-numbers/{phone_number_id}",
    "`livekit_stack`, `environment` and `branch_id` are kept and decide nothing",
  ),
  supported("DELETE", "/v1/convai/phone-numbers/{phone_number_id}"),
  supported("GET", "/v1/convai/phone-numbers/{phone_number_id}/sip-messages"),
  supported(
    "POST",
    "/v1/convai/sip-trunk/outbound-call",
    "recording and machine detection of Twilio are ignored",
  ),
  refused(
    "POST",
    "/v1/convai/twilio/outbound-call",
    "Calls go over SIP trunks: POST /v1/convai/sip-trunk/outbound-call.",
  ),
  refused(
    "POST",
    "/v1/convai/twilio/register-call",
    "TwiML is Twilio's own: have the Elastic SIP Trunk send the call here instead.",
  ),
  refused(
    "POST",
    "/v1/convai/exotel/outbound-call",
    "Calls go over SIP trunks: POST /v1/convai/sip-trunk/outbound-call.",
  ),
  supported("POST", "/v1/convai/batch-calling/submit", "WhatsApp recipients are refused"),
  supported("GET", "/v1/convai/batch-calling/workspace"),
  supported("GET", "/v1/convai/batch-calling/{batch_id}"),
  supported("DELETE", "/v1/convai/batch-calling/{batch_id}"),
  supported("POST", "/v1/convai/batch-calling/{batch_id}/cancel"),
  supported("POST", "/v1/convai/batch-calling/{batch_id}/retry"),
  supported("GET", "/v1/convai/batch-calling/{batch_id}/export"),
  supported("POST", "/v1/convai/agents/create", "what no call needs is kept and given back"),
  supported("GET", "/v1/convai/agents", "none is archived"),
  supported("GET", "/v1/convai/agents/{agent_id}"),
  supported("PATCH", "/v1/convai/agents/{agent_id}", "merged member by member"),
  supported("DELETE", "/v1/convai/agents/{agent_id}"),
  supported("POST", "/v1/convai/agents/{agent_id}/duplicate", "with secrets and audio files"),
  supported("POST", "/v1/convai/agents/{agent_id}/hold-audio", "WAV, 30 s; MP3 is 422"),
  supported("DELETE", "/v1/convai/agents/{agent_id}/hold-audio"),
  refused(
    "GET",
    "/v1/convai/agents/{agent_id}/versions/{version_id}",
    "Agents have no versions here: what an update replaces is gone.",
  ),
  refused(
    "POST",
    "/v1/convai/agents/{agent_id}/simulate-conversation",
    "Agents run elsewhere: try this one with a call, or on its own platform.",
  ),
  refused(
    "POST",
    "/v1/convai/agents/{agent_id}/simulate-conversation/stream",
    "Agents run elsewhere: try this one with a call, or on its own platform.",
  ),
  refused(
    "POST",
    "/v1/convai/agents/{agent_id}/run-tests",
    "Agents run elsewhere, and so do their tests.",
  ),
  refused(
    "GET",
    "/v1/convai/agents/{agent_id}/topics",
    "Nobody sorts conversations by topic here.",
  ),
  refused(
    "GET",
    "/v1/convai/agents/{agent_id}/triage-tickets",
    "Tickets are no part of telephony.",
  ),
  refused(
    "POST",
    "/v1/convai/agents/{agent_id}/triage-tickets",
    "Tickets are no part of telephony.",
  ),
  refused(
    "GET",
    "/v1/convai/agents/{agent_id}/triage-tickets/assignable-users",
    "Tickets are no part of telephony.",
  ),
  supported(
    "GET",
    "/v1/convai/conversation/get-signed-url",
    "of agents that run on the vendor's platform, with their own key; else 400",
  ),
  supported("GET", "/v1/convai/conversation/get_signed_url", "the older spelling of the same"),
  refused(
    "GET",
    "/v1/convai/conversation/token",
    "Conversations come over SIP, not over WebRTC: call one of the agent's numbers.",
  ),
  supported("GET", "/v1/convai/conversations", "every filter; `search` of what was said is 422"),
  supported(
    "GET",
    "/v1/convai/conversations/{conversation_id}",
    "as `json`; `opentelemetry` is 422",
  ),
  supported("DELETE", "/v1/convai/conversations/{conversation_id}"),
  supported(
    "GET",
    "/v1/convai/conversations/{conversation_id}/summary",
    "what was said; it is not summed up",
  ),
  supported("GET", "/v1/convai/conversations/{conversation_id}/sip-messages"),
  supported(
    "GET",
    "/v1/convai/conversations/{conversation_id}/audio",
    "MP3 or WAV, as it was recorded",
  ),
  supported("POST", "/v1/convai/conversations/{conversation_id}/feedback"),
  supported("POST", "/v1/convai/conversations/{conversation_id}/tags"),
  supported("DELETE", "/v1/convai/conversations/{conversation_id}/tags/{tag_id}"),
  supported("GET", "/v1/convai/tags"),
  supported("POST", "/v1/convai/tags"),
  supported("GET", "/v1/convai/tags/{tag_id}"),
  supported("PATCH", "/v1/convai/tags/{tag_id}"),
  supported("DELETE", "/v1/convai/tags/{tag_id}"),
  refused(
    "GET",
    "/v1/convai/conversations/resolve",
    "References to Slack and Zendesk mean nothing here: read the conversation by its identifier.",
  ),
  refused(
    "GET",
    "/v1/convai/conversations/messages/text-search",
    "Transcripts are kept apart, one object a call, and are not searched.",
  ),
  refused(
    "GET",
    "/v1/convai/conversations/messages/smart-search",
    "Transcripts are kept apart, one object a call, and are not searched.",
  ),
  refused(
    "POST",
    "/v1/convai/conversations/{conversation_id}/files",
    "A phone call carries no files.",
  ),
  refused(
    "DELETE",
    "/v1/convai/conversations/{conversation_id}/files/{file_id}",
    "A phone call carries no files.",
  ),
  refused(
    "POST",
    "/v1/convai/conversations/{conversation_id}/analysis/run",
    "Agents run elsewhere, and so does the judgement of their conversations.",
  ),
  refused(
    "POST",
    "/v1/convai/conversations/{conversation_id}/analysis/evaluations/run",
    "Agents run elsewhere, and so does the judgement of their conversations.",
  ),
  supported("GET", "/v1/convai/analytics/live-count"),
  supported("GET", "/v1/convai/settings"),
  supported(
    "PATCH",
    "/v1/convai/settings",
    "`webhooks`, `default_livekit_stack` and `can_use_mcp_servers` are kept and decide nothing",
  ),
  refused(
    "GET",
    "/v1/convai/settings/dashboard",
    "The vendor's dashboard is not here, and so are its charts.",
  ),
  refused(
    "PATCH",
    "/v1/convai/settings/dashboard",
    "The vendor's dashboard is not here, and so are its charts.",
  ),
  supported(
    "GET",
    "/v1/workspace/webhooks",
    "all of them, as the vendor gives them: without pages",
  ),
  supported("POST", "/v1/workspace/webhooks", "`hmac`; `request_headers` are refused"),
  supported(
    "PATCH",
    "/v1/workspace/webhooks/{webhook_id}",
    "either field alone; retries cannot be switched off",
  ),
  supported("DELETE", "/v1/workspace/webhooks/{webhook_id}"),
];
