import type { RoutingEntry } from "../../schema/contracts/routing.ts";
import { routingEntrySchema } from "../../schema/contracts/routing.ts";
import type { AppDeps } from "../app-type.ts";
import type { Principal } from "../auth/api-key.ts";
import { deletePhoneNumber, findPhoneNumber } from "../db/phone-numbers.ts";
import { appendRoutingChange } from "../db/routing-changes.ts";
import { notFound, type Outcome, succeed } from "../errors/refusal.ts";
import { ServiceUnavailable } from "../errors/trunkline-error.ts";
import { commitUnit } from "./commit-unit.ts";
import { routingRevision } from "./routing-entries.ts";

const MAX_RACES = 5;

/** Deletes a number with its trunks and takes both out of the routing table. */
export async function removePhoneNumber(
  deps: Pick<AppDeps, "db" | "writer" | "clock">,
  principal: Principal,
  id: string,
): Promise<Outcome<{ routing_revision: number }>> {
  const { region, workspaceId } = principal;
  for (let race = 1; race <= MAX_RACES; race += 1) {
    const record = await findPhoneNumber(deps.db, workspaceId, id);
    if (record === null) return notFound("There is no such phone number.");
    const { inboundTrunkId, outboundTrunkId } = record.number;
    const removals = [
      removal("phone_number", id),
      ...(inboundTrunkId === null ? [] : [removal("inbound_trunk", inboundTrunkId)]),
      ...(outboundTrunkId === null ? [] : [removal("outbound_trunk", outboundTrunkId)]),
    ];
    const committed = await commitUnit(deps.writer, [
      ...deletePhoneNumber(record.number),
      ...removals.map((entry) => appendRoutingChange(region, entry, deps.clock())),
    ]);
    if (committed.ok) {
      return succeed({ routing_revision: await routingRevision(deps, region, committed.rows) });
    }
  }
  throw new ServiceUnavailable(`number ${id} changed ${MAX_RACES} times`, 1);
}

function removal(kind: RoutingEntry["kind"], entityId: string): RoutingEntry {
  return routingEntrySchema.parse({ kind, entityId, value: null });
}
