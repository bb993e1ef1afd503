import type {
  CreateWorkspaceRequest,
  CreateWorkspaceResponse,
} from "../../schema/contracts/admin.ts";
import { newId } from "../../schema/values/ids.ts";
import type { AppDeps } from "../app-type.ts";
import { mintApiKey } from "../auth/api-key.ts";
import { appendRoutingChange } from "../db/routing-changes.ts";
import { insertWorkspace } from "../db/workspaces.ts";
import { type Outcome, refuse, succeed } from "../errors/refusal.ts";
import { commitUnit } from "./commit-unit.ts";
import { workspaceEntry } from "./routing-entries.ts";

/** Makes a workspace and its first API key, which is shown here and never again. */
export async function createWorkspace(
  deps: Pick<AppDeps, "config" | "writer" | "clock">,
  request: CreateWorkspaceRequest,
): Promise<Outcome<CreateWorkspaceResponse>> {
  const id = newId("workspace");
  const { key, sha256, last4 } = await mintApiKey();
  const nowMs = deps.clock();
  const { region } = request;
  const concurrencyLimit =
    request.concurrency_limit === undefined
      ? deps.config.workspaceConcurrency
      : request.concurrency_limit;
  const committed = await commitUnit(deps.writer, [
    ...insertWorkspace({
      id,
      name: request.name,
      hostLabel: request.host_label,
      region,
      concurrencyLimit,
      operatesNodes: request.operates_nodes,
      apiKey: { id: newId("apiKey"), name: request.api_key_name, sha256, last4 },
      createdAtMs: nowMs,
    }),
    // Without a limit there is nothing that a node would have to know.
    ...(concurrencyLimit === null
      ? []
      : [appendRoutingChange(region, workspaceEntry({ id, concurrencyLimit }), nowMs)]),
  ]);
  if (!committed.ok) {
    return refuse({
      status: 409,
      code: "host_label_taken",
      detail: `A workspace with the host label \`${request.host_label}\` exists already.`,
      errors: [
        { pointer: "/host_label", code: "host_label_taken", detail: "Choose another label." },
      ],
    });
  }
  return succeed({ workspace_id: id, api_key: key });
}
