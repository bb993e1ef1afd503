import type { AppDeps } from "../app-type.ts";
import type { Principal } from "../auth/api-key.ts";
import { findConversation } from "../db/conversations.ts";
import { eraseConversation } from "../db/erased-calls.ts";
import { findRecording } from "../db/recordings.ts";
import { notFound, type Outcome, succeed } from "../errors/refusal.ts";
import { deleteRecordingBytes } from "../recordings/recording-bytes.ts";
import { seriesKey } from "./call-quality.ts";
import { commitUnit } from "./commit-unit.ts";
import { messageObjectKey } from "./sip-message-logs.ts";
import { transcriptKey } from "./transcripts.ts";

const NOT_FOUND = notFound("There is no such conversation.");

/**
 * Erases a conversation with its recording, its transcript, its SIP messages, its quality over time and what webhooks have yet to be told of it. A call that is
 * up goes on, and what its node still tells of it is taken and not stored.
 * @throws ServiceUnavailable when it was not erased
 */
export async function deleteConversation(
  deps: Pick<AppDeps, "config" | "db" | "writer" | "objects" | "clock">,
  { workspaceId }: Pick<Principal, "workspaceId">,
  id: string,
): Promise<Outcome<null>> {
  const row = await findConversation(deps.db, workspaceId, id);
  if (row === null) return NOT_FOUND;
  const keys = [messageObjectKey, seriesKey, transcriptKey].map((keyOf) =>
    keyOf(workspaceId, row.callId),
  );
  const deleteObjects = async () => {
    const recording = await findRecording(deps.db, workspaceId, id);
    if (recording !== null) await deleteRecordingBytes(deps, recording);
    await Promise.all(keys.map((key) => deps.objects.delete(key)));
  };
  // The row goes last: it is what a second attempt finds the objects by.
  await deleteObjects();
  const committed = await commitUnit(deps.writer, eraseConversation(row, deps.clock()));
  if (!committed.ok) return NOT_FOUND;
  // A node may have told of them in between; a recording that comes later is removed when it comes.
  await deleteObjects();
  return succeed(null);
}
