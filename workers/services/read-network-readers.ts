import type { NetworkReaders } from "../../schema/contracts/network-readers.ts";
import type { AppDeps, FeedClient } from "../app-type.ts";
import type { Principal } from "../auth/api-key.ts";
import { findApiKeyNames } from "../db/api-keys.ts";

/** Of the workspace's own keys alone: who else follows the list is for the operator. */
export async function readNetworkReaders(
  deps: Pick<AppDeps, "db"> & { readonly feed: Pick<FeedClient, "subscriptions"> },
  { workspaceId }: Pick<Principal, "workspaceId">,
): Promise<NetworkReaders> {
  const { data, version } = await deps.feed.subscriptions();
  const byKey = data.filter(({ kind }) => kind === "api_key");
  const ids = byKey.map(({ name }) => name);
  const names = ids.length === 0 ? new Map() : await findApiKeyNames(deps.db, workspaceId, ids);
  return {
    version,
    data: byKey.flatMap(({ kind: _, name: id, ...fetched }) => {
      const name = names.get(id);
      return name === undefined ? [] : [{ api_key_id: id, api_key_name: name, ...fetched }];
    }),
  };
}
