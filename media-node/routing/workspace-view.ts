import type { CallLimits } from "../../schema/contracts/permits.ts";
import type {
  AgentRoute,
  OutboundTrunkRoute,
  PhoneNumberRoute,
} from "../../schema/contracts/routing.ts";
import { blockContains } from "./source-address.ts";
import { type Caller, type IndexedNumber, type IndexedTrunk, RoutingTable } from "./table.ts";

/** What one workspace has in a table, as if the others had nothing: a look-up in it tells nothing of them. */
export class WorkspaceView extends RoutingTable {
  readonly #whole: RoutingTable;
  readonly #workspaceId: string;

  constructor(whole: RoutingTable, workspaceId: string) {
    super(whole.epoch, whole.version);
    this.#whole = whole;
    this.#workspaceId = workspaceId;
  }

  override numbersExactly(calledIdentifier: string): readonly IndexedNumber[] {
    return this.#whole.numbersExactly(calledIdentifier).filter(({ route }) => this.#isOwn(route));
  }

  override numbersNormalised(dialled: string): readonly IndexedNumber[] {
    return this.#whole.numbersNormalised(dialled).filter(({ route }) => this.#isOwn(route));
  }

  override trunk(id: string): IndexedTrunk | undefined {
    const trunk = this.#whole.trunk(id);
    return trunk !== undefined && this.#isOwn(trunk.route) ? trunk : undefined;
  }

  override numberById(id: string): PhoneNumberRoute | undefined {
    return this.#own(this.#whole.numberById(id));
  }

  override outboundTrunk(id: string): OutboundTrunkRoute | undefined {
    return this.#own(this.#whole.outboundTrunk(id));
  }

  override agent(id: string): AgentRoute | undefined {
    return this.#own(this.#whole.agent(id));
  }

  override limitsOf(agentId: string, workspaceId: string): CallLimits | null {
    const isOwn = workspaceId === this.#workspaceId && this.agent(agentId) !== undefined;
    return isOwn ? this.#whole.limitsOf(agentId, workspaceId) : null;
  }

  override knowsCaller({ source, tlsIdentities }: Caller): boolean {
    return this.#trunks().some(
      ({ explicitBlocks, route }) =>
        (source !== null && explicitBlocks.some((block) => blockContains(block, source))) ||
        tlsIdentities.some((identity) => route.tlsIdentities?.includes(identity) === true),
    );
  }

  override get hasCredentials(): boolean {
    return this.#trunks().some(({ route }) => route.credentials !== null);
  }

  #trunks(): IndexedTrunk[] {
    const ids = [...this.#whole.trunkIdsOf(this.#workspaceId)];
    return ids.map((id) => this.#whole.trunk(id)).filter((trunk) => trunk !== undefined);
  }

  override tenantOf(hostLabel: string): string | null {
    const owner = this.#whole.tenantOf(hostLabel);
    return owner === this.#workspaceId ? owner : null;
  }

  #isOwn(route: { readonly workspaceId: string }): boolean {
    return route.workspaceId === this.#workspaceId;
  }

  #own<T extends { readonly workspaceId: string }>(route: T | undefined): T | undefined {
    return route !== undefined && this.#isOwn(route) ? route : undefined;
  }
}
