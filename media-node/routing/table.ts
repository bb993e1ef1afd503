import type { CallLimits } from "../../schema/contracts/permits.ts";
import type {
  AddressBlockRoute,
  AgentRoute,
  InboundTrunkRoute,
  OutboundTrunkRoute,
  PhoneNumberRoute,
  WorkspaceRoute,
} from "../../schema/contracts/routing.ts";
import {
  matchKeys,
  normaliseDialled,
  parseCalledIdentifier,
  parseCountry,
} from "../../schema/values/called-identifier.ts";
import { allowsEverybody, type Cidr, cidrContains } from "../../schema/values/cidr.ts";
import { type RoutingRow, rowKey } from "./row.ts";
import {
  type AddressBlock,
  blockContains,
  compileBlock,
  type SourceAddress,
  SourceIndex,
} from "./source-address.ts";
import { TenantIndex } from "./tenant-index.ts";

const HASH_BYTES = 32;

/** A trunk with its lists compiled for look-ups. */
export interface IndexedTrunk {
  readonly route: InboundTrunkRoute;
  readonly country: ReturnType<typeof parseCountry>;
  /** Blocks that name somebody. A block of prefix length 0 names nobody and makes the trunk open. */
  readonly explicitBlocks: readonly AddressBlock[];
  readonly openTo: { readonly ipv4: boolean; readonly ipv6: boolean };
  /** Names of which the caller's certificate must have one; null: it needs none. */
  readonly tlsIdentities: ReadonlySet<string> | null;
  /** Normalised forms of the callers who may call; null: all. */
  readonly callers: ReadonlySet<string> | null;
}

export interface IndexedNumber {
  readonly route: PhoneNumberRoute;
  readonly keys: readonly string[];
}

interface PreparedKeys {
  readonly identifier: PhoneNumberRoute["calledIdentifier"];
  readonly country: IndexedTrunk["country"];
  readonly keys: readonly string[];
}

/** Who calls, as far as the connection shows it. */
export interface Caller {
  readonly source: SourceAddress | null;
  readonly tlsIdentities: readonly string[];
}

/** How a trunk stands to a caller: it names it, it takes anybody, or it refuses it. All that is configured must pass. */
export function trunkAllows(
  trunk: IndexedTrunk,
  { source, tlsIdentities }: Caller,
): "explicit" | "open" | "no" {
  const { tlsIdentities: wanted } = trunk;
  if (wanted === null) return addressAllows(trunk, source);
  if (!tlsIdentities.some((identity) => wanted.has(identity))) return "no";
  return addressAllows(trunk, source) === "no" ? "no" : "explicit";
}

function addressAllows(
  trunk: IndexedTrunk,
  source: SourceAddress | null,
): "explicit" | "open" | "no" {
  if (source === null) return trunk.route.allowedAddresses === null ? "open" : "no";
  for (const block of trunk.explicitBlocks) if (blockContains(block, source)) return "explicit";
  return (source.family === 4 ? trunk.openTo.ipv4 : trunk.openTo.ipv6) ? "open" : "no";
}

/**
 * A region's routing table in memory. It changes only by `commit`, which takes rows that have been
 * parsed and so cannot fail half-way; between two commits every reader sees one consistent table.
 */
export class RoutingTable {
  #epoch: number;
  #version: number;
  readonly #rows = new Map<string, RoutingRow>();
  readonly #hash = Buffer.alloc(HASH_BYTES);
  readonly #numbers = new Map<string, IndexedNumber>();
  readonly #numbersOfTrunk = new Map<string, Set<string>>();
  readonly #exact = new Map<string, IndexedNumber[]>();
  readonly #normalised = new Map<string, IndexedNumber[]>();
  readonly #trunks = new Map<string, IndexedTrunk>();
  readonly #outboundTrunks = new Map<string, OutboundTrunkRoute>();
  readonly #agents = new Map<string, AgentRoute>();
  readonly #workspaces = new Map<string, WorkspaceRoute>();
  #addressBlock: AddressBlockRoute | null = null;
  readonly #sources = new SourceIndex();
  /** By name: how many trunks ask for it in a client certificate. */
  readonly #tlsIdentities = new Map<string, number>();
  #trunksWithCredentials = 0;
  readonly #tenants = new TenantIndex();
  /** By number id: what `prepare` found for the next commit. */
  readonly #prepared = new Map<string, PreparedKeys>();

  constructor(epoch: number, version: number) {
    this.#epoch = epoch;
    this.#version = version;
  }

  get epoch(): number {
    return this.#epoch;
  }
  get version(): number {
    return this.#version;
  }
  agents(): Iterable<AgentRoute> {
    return this.#agents.values();
  }
  get size(): number {
    return this.#rows.size;
  }
  /** Hex: XOR over the SHA-256 of every row's text. */
  get hash(): string {
    return this.#hash.toString("hex");
  }
  rows(): RoutingRow[] {
    return [...this.#rows.values()];
  }
  has(row: Pick<RoutingRow, "kind" | "entityId">): boolean {
    return this.#rows.has(rowKey(row));
  }

  /** Numbers imported in exactly this form. */
  numbersExactly(calledIdentifier: string): readonly IndexedNumber[] {
    return this.#exact.get(calledIdentifier) ?? [];
  }
  /** Numbers that may be dialled in this form, which `normaliseDialled` made. */
  numbersNormalised(dialled: string): readonly IndexedNumber[] {
    return this.#normalised.get(dialled) ?? [];
  }
  trunk(id: string): IndexedTrunk | undefined {
    return this.#trunks.get(id);
  }
  /** By its identifier: what an outbound call starts from. */
  numberById(id: string): PhoneNumberRoute | undefined {
    return this.#numbers.get(id)?.route;
  }
  outboundTrunk(id: string): OutboundTrunkRoute | undefined {
    return this.#outboundTrunks.get(id);
  }
  agent(id: string): AgentRoute | undefined {
    return this.#agents.get(id);
  }
  /** Whether some trunk of the region names the caller: by a block that does, or by the certificate it has shown. */
  knowsCaller({ source, tlsIdentities }: Caller): boolean {
    if (source !== null && this.#sources.has(source)) return true;
    return tlsIdentities.some((identity) => this.#tlsIdentities.has(identity));
  }
  /** Whether some trunk of the region has a password to be proved. */
  get hasCredentials(): boolean {
    return this.#trunksWithCredentials > 0;
  }
  /** Null when the agent is gone. */
  limitsOf(agentId: string, workspaceId: string): CallLimits | null {
    const limits = this.#agents.get(agentId)?.limits;
    if (limits === undefined) return null;
    const workspace = this.#workspaces.get(workspaceId)?.concurrencyLimit ?? null;
    return { workspace, agent: limits.concurrency, daily: limits.daily };
  }

  /** A workspace's inbound trunks. */
  trunkIdsOf(workspaceId: string): Iterable<string> {
    return this.#tenants.trunkIdsOf(workspaceId);
  }
  /** The workspace whose host name has this label; null when there is none. */
  tenantOf(hostLabel: string): string | null {
    return this.#tenants.ownerOf(hostLabel);
  }

  /**
   * Does ahead of `commit`, as slowly as the caller likes, what takes longest of it: the forms in which the
   * rows' numbers may be dialled. Nobody sees anything of it, and what is not prepared is done by `commit`.
   */
  *prepare(rows: readonly RoutingRow[]): Generator<void, void> {
    const countries = new Map<string, IndexedTrunk["country"]>();
    for (const { entry } of rows) {
      if (entry?.kind !== "inbound_trunk") continue;
      countries.set(entry.entityId, countryOf(entry.value));
    }
    for (const { entry } of rows) {
      if (entry?.kind !== "phone_number" || entry.value === null) continue;
      const { id, calledIdentifier: identifier, inboundTrunkId: trunkId } = entry.value;
      const current = trunkId === null ? null : (this.#trunks.get(trunkId)?.country ?? null);
      const country = trunkId === null ? null : (countries.get(trunkId) ?? current);
      this.#prepared.set(id, { identifier, country, keys: matchKeys(identifier, country) });
      yield;
    }
  }

  /** Every block by which some trunk of the region names a source. */
  namedBlocks(): Cidr[] {
    const blocks = new Set<Cidr>();
    for (const { route } of this.#trunks.values()) {
      for (const block of route.allowedAddresses ?? []) {
        if (!allowsEverybody(block)) blocks.add(block);
      }
    }
    return [...blocks];
  }

  /** What customers allow; empty: nothing is published. */
  publishedBlocks(): readonly Cidr[] {
    return this.#addressBlock?.prefixes ?? [];
  }

  /** Whether a node at `address` may take calls: it is in a published range, or there are none to be in. */
  isPublished(address: string): boolean {
    const block = this.#addressBlock;
    if (block === null || !block.isEnforced) return true;
    return block.prefixes.some((prefix) => cidrContains(prefix, address));
  }

  /** Applies the rows in order and moves to `version`. A row whose value is null removes its entity. */
  commit(rows: readonly RoutingRow[], version: number): void {
    for (const row of rows) this.#put(row);
    this.#prepared.clear();
    this.#version = version;
  }

  #put(row: RoutingRow): void {
    const key = rowKey(row);
    const previous = this.#rows.get(key);
    if (previous !== undefined) this.#mix(previous.digest);
    if (row.value === null) {
      this.#rows.delete(key);
    } else {
      this.#rows.set(key, row);
      this.#mix(row.digest);
    }
    const { entry } = row;
    if (entry === null) return;
    switch (entry.kind) {
      case "phone_number":
        this.#removeNumber(entry.entityId);
        if (entry.value !== null) this.#addNumber(entry.value);
        return;
      case "inbound_trunk":
        this.#putTrunk(entry.entityId, entry.value);
        return;
      case "outbound_trunk":
        if (entry.value === null) this.#outboundTrunks.delete(entry.entityId);
        else this.#outboundTrunks.set(entry.entityId, entry.value);
        return;
      case "agent":
        if (entry.value === null) this.#agents.delete(entry.entityId);
        else this.#agents.set(entry.entityId, entry.value);
        return;
      case "workspace":
        if (entry.value === null) this.#workspaces.delete(entry.entityId);
        else this.#workspaces.set(entry.entityId, entry.value);
        return;
      case "address_block":
        this.#addressBlock = entry.value;
        return;
      default:
        entry satisfies never;
    }
  }

  #mix(digest: Buffer): void {
    for (let index = 0; index < HASH_BYTES; index += 1) {
      this.#hash[index] = (this.#hash[index] ?? 0) ^ (digest[index] ?? 0);
    }
  }

  #addNumber(route: PhoneNumberRoute): void {
    const trunkId = route.inboundTrunkId;
    const country = trunkId === null ? null : (this.#trunks.get(trunkId)?.country ?? null);
    const number = { route, keys: this.#keysOf(route, country) };
    this.#numbers.set(route.id, number);
    addTo(this.#exact, route.calledIdentifier, number);
    for (const key of number.keys) addTo(this.#normalised, key, number);
    if (trunkId === null) return;
    const numbers = this.#numbersOfTrunk.get(trunkId);
    if (numbers === undefined) this.#numbersOfTrunk.set(trunkId, new Set([route.id]));
    else numbers.add(route.id);
  }

  #keysOf(
    { id, calledIdentifier }: PhoneNumberRoute,
    country: IndexedTrunk["country"],
  ): readonly string[] {
    const prepared = this.#prepared.get(id);
    const isCurrent = prepared?.identifier === calledIdentifier && prepared.country === country;
    return isCurrent ? prepared.keys : matchKeys(calledIdentifier, country);
  }

  #removeNumber(id: string): void {
    const number = this.#numbers.get(id);
    if (number === undefined) return;
    this.#numbers.delete(id);
    removeFrom(this.#exact, number.route.calledIdentifier, number);
    for (const key of number.keys) removeFrom(this.#normalised, key, number);
    const trunkId = number.route.inboundTrunkId;
    const numbers = trunkId === null ? undefined : this.#numbersOfTrunk.get(trunkId);
    if (trunkId === null || numbers === undefined) return;
    numbers.delete(id);
    if (numbers.size === 0) this.#numbersOfTrunk.delete(trunkId);
  }

  #putTrunk(id: string, route: InboundTrunkRoute | null): void {
    const previous = this.#trunks.get(id);
    for (const block of previous?.explicitBlocks ?? []) this.#sources.remove(block);
    for (const name of previous?.tlsIdentities ?? []) this.#countIdentity(name, -1);
    if (previous !== undefined && previous.route.credentials !== null) {
      this.#trunksWithCredentials -= 1;
    }
    if (previous !== undefined) this.#tenants.remove(previous.route);
    const next = route === null ? null : indexTrunk(route);
    if (next !== null) this.#tenants.add(next.route);
    if (next === null) this.#trunks.delete(id);
    else this.#trunks.set(id, next);
    for (const block of next?.explicitBlocks ?? []) this.#sources.add(block);
    for (const name of next?.tlsIdentities ?? []) this.#countIdentity(name, 1);
    if (next !== null && next.route.credentials !== null) this.#trunksWithCredentials += 1;
    // The national forms of a number depend on its trunk's country.
    if ((previous?.country ?? null) === (next?.country ?? null)) return;
    for (const numberId of [...(this.#numbersOfTrunk.get(id) ?? [])]) {
      const number = this.#numbers.get(numberId);
      if (number === undefined) continue;
      this.#removeNumber(numberId);
      this.#addNumber(number.route);
    }
  }

  #countIdentity(name: string, by: 1 | -1): void {
    const count = (this.#tlsIdentities.get(name) ?? 0) + by;
    if (count === 0) this.#tlsIdentities.delete(name);
    else this.#tlsIdentities.set(name, count);
  }
}

function countryOf(route: InboundTrunkRoute | null): IndexedTrunk["country"] {
  return route === null || route.country === null ? null : parseCountry(route.country);
}

function indexTrunk(route: InboundTrunkRoute): IndexedTrunk {
  const country = countryOf(route);
  const blocks = route.allowedAddresses;
  const everybody = (blocks ?? []).filter(allowsEverybody).map(compileBlock);
  return {
    route,
    country,
    explicitBlocks: (blocks ?? []).filter((block) => !allowsEverybody(block)).map(compileBlock),
    openTo: {
      ipv4: blocks === null || everybody.some((block) => block.family === 4),
      ipv6: blocks === null || everybody.some((block) => block.family === 6),
    },
    tlsIdentities: route.tlsIdentities === null ? null : new Set(route.tlsIdentities),
    callers: callerForms(route.allowedNumbers, country),
  };
}

function callerForms(
  allowed: readonly string[] | null,
  country: IndexedTrunk["country"],
): ReadonlySet<string> | null {
  if (allowed === null || allowed.length === 0) return null;
  const forms = new Set<string>();
  for (const caller of allowed) {
    const identifier = parseCalledIdentifier(caller);
    if (identifier === null) forms.add(normaliseDialled(caller));
    else for (const key of matchKeys(identifier, country)) forms.add(key);
  }
  return forms;
}

function addTo<T>(index: Map<string, T[]>, key: string, value: T): void {
  const values = index.get(key);
  if (values === undefined) index.set(key, [value]);
  else values.push(value);
}

function removeFrom<T>(index: Map<string, T[]>, key: string, value: T): void {
  const values = index.get(key);
  if (values === undefined) return;
  const position = values.indexOf(value);
  if (position >= 0) values.splice(position, 1);
  if (values.length === 0) index.delete(key);
}
