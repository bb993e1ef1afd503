import type { InboundTrunkRoute } from "../../schema/contracts/routing.ts";

type TrunkOwner = Pick<InboundTrunkRoute, "id" | "workspaceId" | "hostLabel">;

/**
 * Whose call an INVITE was meant to be when it matches no number: that of the host name it was sent to. Never that of
 * its source: anybody may list an address, and would then read what others' callers have dialled.
 */
export class TenantIndex {
  /** By host label: how many trunks of which workspace. */
  readonly #labels = new Map<string, Map<string, number>>();
  readonly #trunks = new Map<string, Set<string>>();

  add(owner: TrunkOwner): void {
    this.#change(owner, 1);
    const trunks = this.#trunks.get(owner.workspaceId) ?? new Set<string>();
    this.#trunks.set(owner.workspaceId, trunks.add(owner.id));
  }

  remove(owner: TrunkOwner): void {
    this.#change(owner, -1);
    const trunks = this.#trunks.get(owner.workspaceId);
    trunks?.delete(owner.id);
    if (trunks?.size === 0) this.#trunks.delete(owner.workspaceId);
  }

  /** Null when the name is nobody's. */
  ownerOf(hostLabel: string): string | null {
    const [owner, ...others] = this.#labels.get(hostLabel)?.keys() ?? [];
    return owner === undefined || others.length > 0 ? null : owner;
  }

  trunkIdsOf(workspaceId: string): Iterable<string> {
    return this.#trunks.get(workspaceId) ?? [];
  }

  #change({ workspaceId, hostLabel }: TrunkOwner, by: number): void {
    const label = hostLabel.toLowerCase();
    const owners = this.#labels.get(label) ?? new Map<string, number>();
    const trunks = (owners.get(workspaceId) ?? 0) + by;
    if (trunks > 0) owners.set(workspaceId, trunks);
    else owners.delete(workspaceId);
    if (owners.size > 0) this.#labels.set(label, owners);
    else this.#labels.delete(label);
  }
}
