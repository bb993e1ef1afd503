import type { z } from "zod";
import {
  type MessageLog,
  messageLogSchema,
  type SipMessageQuery,
  type SipMessageView,
} from "../../schema/contracts/sip-messages.ts";
import type { AppDeps } from "../app-type.ts";
import type { Principal } from "../auth/api-key.ts";
import { findConversation } from "../db/conversations.ts";
import { findPhoneNumber } from "../db/phone-numbers.ts";
import {
  findMessageLog,
  findMessageLogs,
  insertMessageLog,
  type MessageLogFilter,
  type MessageLogRow,
} from "../db/sip-message-logs.ts";
import { findWorkspacesOfRegion } from "../db/workspaces.ts";
import { notFound, type Outcome, succeed } from "../errors/refusal.ts";
import { commitUnit } from "./commit-unit.ts";
import { readCursor, writeCursor } from "./cursor.ts";
import { writePcap } from "./sip-pcap.ts";

type LogDeps = Pick<AppDeps, "db" | "writer" | "objects">;

/** What stands in an object. */
const storedSchema = messageLogSchema.pick({ phoneNumbers: true, messages: true });
type Stored = z.infer<typeof storedSchema>;

/** Keeps what a node tells, once for each call. The row goes first: what has no object is pruned like all else. */
export async function storeMessageLog(
  deps: LogDeps,
  region: string,
  log: MessageLog,
): Promise<Outcome<null>> {
  const { callId, conversationId, workspaceId, phoneNumberId, startedAtMs, messages } = log;
  const workspaces = await findWorkspacesOfRegion(deps.db, region, [workspaceId]);
  if (!workspaces.has(workspaceId)) return notFound("There is no such workspace in the region.");
  const stored: Stored = { phoneNumbers: log.phoneNumbers, messages };
  const bytes = new TextEncoder().encode(JSON.stringify(stored));
  const objectKey = messageObjectKey(workspaceId, callId);
  const row: MessageLogRow = {
    callId,
    conversationId,
    workspaceId,
    phoneNumberId,
    startedAtMs,
    messages: messages.length,
    bytes: bytes.length,
    objectKey,
  };
  await commitUnit(deps.writer, [insertMessageLog(row)], "bulk");
  const kept = await findMessageLog(deps.db, callId);
  // Its conversation was erased: taken, so that it is not told again, and not stored.
  if (kept === null) return succeed(null);
  // Another workspace's call of the same identifier is not this one's to replace.
  if (kept.workspaceId !== workspaceId) return notFound("There is no such call.");
  await deps.objects.put(objectKey, bytes);
  // Whoever erased it meanwhile may not have seen the object.
  if ((await findMessageLog(deps.db, callId)) === null) await deps.objects.delete(objectKey);
  return succeed(null);
}

/** Where the messages of a call are. */
export function messageObjectKey(workspaceId: string, callId: string): string {
  return `sip-messages/${workspaceId}/${callId}`;
}

interface SipMessagePage {
  readonly sip_messages: SipMessageView[];
  readonly next_cursor: string | null;
  readonly has_more: boolean;
}

type ReadDeps = Pick<AppDeps, "db" | "objects">;

export async function pageConversationMessages(
  deps: ReadDeps,
  { workspaceId }: Principal,
  conversationId: string,
  query: SipMessageQuery,
): Promise<Outcome<SipMessagePage>> {
  const conversation = await findConversation(deps.db, workspaceId, conversationId);
  if (conversation === null) return notFound("There is no such conversation.");
  return pageMessages(deps, { workspaceId, conversationId }, query);
}

export async function pageNumberMessages(
  deps: ReadDeps,
  { workspaceId }: Principal,
  phoneNumberId: string,
  query: SipMessageQuery,
): Promise<Outcome<SipMessagePage>> {
  const number = await findPhoneNumber(deps.db, workspaceId, phoneNumberId);
  if (number === null) return notFound("There is no such phone number.");
  return pageMessages(deps, { workspaceId, phoneNumberId }, query);
}

/** All that is kept of a conversation's call, as a capture file. */
export async function readPcap(
  deps: ReadDeps,
  { workspaceId }: Principal,
  conversationId: string,
): Promise<Outcome<{ readonly name: string; readonly bytes: Uint8Array<ArrayBuffer> }>> {
  const [row] = await findMessageLogs(deps.db, { workspaceId, conversationId }, null, 1);
  if (row === undefined) return notFound("No SIP messages of such a conversation are kept.");
  const bytes = writePcap(await readMessages(deps, row));
  // Made of the stored identifier, which has letters, digits and underscores alone.
  return succeed({ name: `${row.conversationId}.pcap`, bytes });
}

/** The newest call first, each call's messages in their order. A cursor is the first message of the next page. */
async function pageMessages(
  deps: ReadDeps,
  filter: MessageLogFilter,
  { cursor, page_size: size }: SipMessageQuery,
): Promise<Outcome<SipMessagePage>> {
  const filters = { ...filter };
  const position = readCursor(cursor, filters);
  if (!position.ok) return position;
  const from = position.value === null ? null : startOf(position.value);
  const rows = await findMessageLogs(
    deps.db,
    filter,
    from && [from.startedAtMs, from.callId],
    size + 1,
  );
  const page: SipMessageView[] = [];
  const more = (row: MessageLogRow, index: number): Outcome<SipMessagePage> => {
    const next = writeCursor([row.startedAtMs, `${row.callId} ${index}`], filters);
    return succeed({ sip_messages: page, next_cursor: next, has_more: true });
  };
  for (const row of rows) {
    const messages = await readMessages(deps, row);
    const first = row.callId === from?.callId ? from.index : 0;
    for (let index = first; index < messages.length; index += 1) {
      const message = messages[index];
      if (message === undefined) continue;
      if (page.length === size) return more(row, index);
      page.push(message);
    }
  }
  const last = rows.at(-1);
  // Logs without an object fill no page: the rest is behind the last row that was looked at.
  if (rows.length > size && last !== undefined) return more(last, last.messages);
  return succeed({ sip_messages: page, next_cursor: null, has_more: false });
}

function startOf([startedAtMs, place]: readonly [string | number, string]) {
  const [callId = "", index = "0"] = place.split(" ");
  return { startedAtMs: Number(startedAtMs), callId, index: Number(index) };
}

/** None while the object is not there: on its way, or lost. */
async function readMessages(deps: ReadDeps, row: MessageLogRow): Promise<SipMessageView[]> {
  const bytes = await deps.objects.get(row.objectKey);
  if (bytes === null) return [];
  const { messages, phoneNumbers } = storedSchema.parse(
    JSON.parse(new TextDecoder().decode(bytes)),
  );
  return messages.map((message) => ({
    call_id: message.sipCallId,
    phone_numbers: phoneNumbers,
    local_address: message.localAddress,
    remote_address: message.remoteAddress,
    transport: message.transport,
    raw_message: message.text,
    error_message: message.error,
    direction: message.direction,
    created_at_unix_micro: message.atMicros,
  }));
}
