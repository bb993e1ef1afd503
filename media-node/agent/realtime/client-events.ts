/** What the node says to a Realtime session, beside the caller's audio. */

interface MessageItem {
  readonly type: "message";
  readonly role: "user" | "system";
  readonly content: { readonly type: "input_text"; readonly text: string }[];
}

interface FunctionOutputItem {
  readonly type: "function_call_output";
  readonly call_id: string;
  readonly output: string;
}

export type RealtimeItem = MessageItem | FunctionOutputItem;

/** An error that names it is about our question for a response. */
export const RESPONSE_EVENT_ID = "trunkline_response";

export function sessionUpdate<S extends object>(session: S) {
  return { type: "session.update", session } as const;
}

export function itemCreate(item: RealtimeItem) {
  return { type: "conversation.item.create", item } as const;
}

export function itemTruncate(itemId: string, contentIndex: number, heardMs: number) {
  return {
    type: "conversation.item.truncate",
    item_id: itemId,
    content_index: contentIndex,
    audio_end_ms: heardMs,
  } as const;
}

/** `instructions`: for this response, in the place of the session's. */
export function responseCreate(instructions: string | null) {
  return {
    type: "response.create",
    event_id: RESPONSE_EVENT_ID,
    ...(instructions === null ? {} : { response: { instructions } }),
  } as const;
}

export function responseCancel() {
  return { type: "response.cancel" } as const;
}

export function textItem(role: MessageItem["role"], text: string): RealtimeItem {
  return { type: "message", role, content: [{ type: "input_text", text }] };
}

export function functionOutput(callId: string, output: object): RealtimeItem {
  return { type: "function_call_output", call_id: callId, output: JSON.stringify(output) };
}

export type RealtimeClientMessage =
  | ReturnType<typeof sessionUpdate>
  | ReturnType<typeof itemCreate>
  | ReturnType<typeof itemTruncate>
  | ReturnType<typeof responseCreate>
  | ReturnType<typeof responseCancel>;
