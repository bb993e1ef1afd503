import { agentRouteSchema } from "../../schema/contracts/routing.ts";
import { readTable } from "../db/routing-changes.ts";
import { deps } from "../hub/test-fixture.ts";
import { AGENTS, type TestClient } from "./test-client.ts";

/** Agents as tests of the API make them and as nodes are told of them. */

export async function create(
  client: TestClient,
  body: Record<string, unknown> = {},
): Promise<string> {
  const created = await client.ok("POST", `${AGENTS}/create`, { conversation_config: {}, ...body });
  return created.agent_id;
}

export async function agentRoute(client: TestClient, id: string) {
  const page = { after: 0, upTo: 1_000_000, limit: 1_000 };
  const change = (await readTable(deps.db, client.region, page)).find((one) => one.entityId === id);
  return change === undefined ? null : agentRouteSchema.parse(change.value);
}
