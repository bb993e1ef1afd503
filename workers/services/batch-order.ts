import {
  type ClientData,
  clientDataOf,
  initiationDataSchema,
} from "../../schema/contracts/client-data.ts";
import {
  type CallId,
  conversationIdOf,
  makeId,
  type OrderId,
  parseId,
} from "../../schema/values/ids.ts";
import type { AppDeps } from "../app-type.ts";
import type { BatchCallRow } from "../db/batch-calls.ts";
import type { RecipientRow } from "../db/batch-recipients.ts";
import type { PlacedOrder } from "../hub/order-dispatch.ts";
import { secretOwner } from "../secrets/secrets.ts";

/** The order of one call of a batch. */

/**
 * The identifiers of the recipient's next order: the same whoever makes them and whenever, so that a call can only be
 * placed once.
 */
export async function nextOrderIds(
  batch: Pick<BatchCallRow, "id" | "createdAtMs">,
  { orders, position }: Pick<RecipientRow, "position" | "orders">,
): Promise<{ readonly orderId: OrderId; readonly callId: CallId }> {
  const text = new TextEncoder().encode(`${batch.id}/${position}/${orders}`);
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", text));
  return {
    orderId: makeId("order", batch.createdAtMs, digest.subarray(0, 10)),
    callId: makeId("call", batch.createdAtMs, digest.subarray(10, 20)),
  };
}

const secretVariablesSchema = initiationDataSchema.shape.dynamic_variables;

/** What the recipient's conversation starts with; the batch's own branch and environment where the recipient has none. */
export async function recipientData(
  { secrets }: Pick<AppDeps, "secrets">,
  batch: BatchCallRow,
  recipient: RecipientRow,
): Promise<ClientData> {
  const { clientData, secretVariables, workspaceId } = recipient;
  const owner = secretOwner.recipientVariables(workspaceId, batch.id, recipient.id);
  const hidden =
    secretVariables === null
      ? {}
      : secretVariablesSchema.parse(JSON.parse(await secrets.unseal(secretVariables, owner)));
  const data = clientDataOf({
    ...clientData,
    dynamic_variables: { ...clientData?.dynamic_variables, ...hidden },
  });
  return {
    ...data,
    branchId: data.branchId ?? batch.branchId,
    environment: data.environment ?? batch.environment,
  };
}

/** As the hub has it. `createdAtMs`: it is begun soon after that or not at all. */
export function placedOrder(
  batch: BatchCallRow,
  recipient: RecipientRow,
  order: {
    readonly orderId: OrderId;
    readonly callId: CallId;
    readonly fromNumber: string;
    readonly clientData: ClientData;
    readonly createdAtMs: number;
  },
): PlacedOrder {
  return {
    ...order,
    workspaceId: batch.workspaceId,
    conversationId: conversationIdOf(order.callId),
    phoneNumberId: batch.phoneNumberId,
    agentId: batch.agentId,
    toNumber: recipient.phoneNumber,
    ringingTimeoutSecs: batch.ringingTimeoutSecs,
    isOfBatch: true,
  };
}

/** Identifiers that the database gives back are those that were made here. */
export function orderIdsOf(row: {
  readonly id: string;
  readonly callId: string;
}): { readonly orderId: OrderId; readonly callId: CallId } | null {
  const orderId = parseId("order", row.id);
  const callId = parseId("call", row.callId);
  return orderId === null || callId === null ? null : { orderId, callId };
}
