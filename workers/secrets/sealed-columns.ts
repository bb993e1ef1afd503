import { secretOwner } from "./secrets.ts";

/** A column of sealed records, and whose each of them is. */
export interface SealedColumn {
  readonly table: string;
  readonly column: string;
  /** Columns of the row that the owner is made of, in the order of `owner`. */
  readonly ownedBy: readonly string[];
  readonly owner: (...ids: string[]) => string;
}

const ofWorkspace = ["workspace_id", "id"] as const;

/** Every column of `schema/tables` that is sealed under the master key: tests/contracts compares. */
export const SEALED_COLUMNS: readonly SealedColumn[] = [
  sealed("agents", "connection_headers", ofWorkspace, secretOwner.agentHeaders),
  sealed("agents", "connection_auth_token", ofWorkspace, secretOwner.agentAuthToken),
  sealed("agents", "pre_call_headers", ofWorkspace, secretOwner.preCallHeaders),
  sealed(
    "batch_recipients",
    "secret_variables",
    ["workspace_id", "batch_call_id", "id"],
    (...ids) => secretOwner.recipientVariables(ids[0] ?? "", ids[1] ?? "", ids[2] ?? ""),
  ),
  sealed("idempotency_keys", "answer", ["workspace_id", "operation", "key"], (...ids) =>
    secretOwner.keptAnswer(ids[0] ?? "", ids[1] ?? "", ids[2] ?? ""),
  ),
  sealed("inbound_trunks", "password", ofWorkspace, secretOwner.trunkPassword),
  sealed("outbound_trunks", "password", ofWorkspace, secretOwner.trunkPassword),
  sealed("region_keys", "key", ["region", "id"], secretOwner.regionKey),
  sealed("webhook_endpoints", "previous_secret", ofWorkspace, secretOwner.webhookSecret),
  sealed("webhook_endpoints", "secret", ofWorkspace, secretOwner.webhookSecret),
  sealed("workspace_settings", "pre_call_headers", ["workspace_id"], (workspaceId = "") =>
    secretOwner.workspacePreCallHeaders(workspaceId),
  ),
];

function sealed(
  table: string,
  column: string,
  ownedBy: readonly string[],
  owner: (...ids: string[]) => string,
): SealedColumn {
  return { table, column, ownedBy, owner };
}
