import type {
  ListResourceRecordSetsCommandOutput,
  ResourceRecordSet,
  Route53Client,
} from "@aws-sdk/client-route-53";
import type { DnsConfig } from "./dns-config.ts";
import {
  bareName,
  isPartOf,
  ownerNameOf,
  type RecordChange,
  type RecordSet,
  type StandingName,
} from "./record-sets.ts";
import type { Zone, ZoneAnswer, ZoneFault } from "./zone.ts";

/** Route 53 signs in one region, wherever it is asked from. */
const SIGNING_REGION = "us-east-1";
const REQUEST_MS = 10_000;
const PAGE_SETS = 300;
/** What a dialled name may have below it, host labels included, before it is taken for something else. */
const MAX_PAGES = 20;

const FAULTS: Readonly<Record<string, ZoneFault>> = {
  Throttling: "throttled",
  ThrottlingException: "throttled",
  PriorRequestNotComplete: "throttled",
  InvalidChangeBatch: "conflict",
};

type Sdk = typeof import("@aws-sdk/client-route-53");

/** The zone in Route 53, or in a server that speaks like it. The SDK is loaded with the first request. */
export function createRoute53Zone(config: DnsConfig): Zone {
  const load = lazy(async () => {
    const sdk = await import("@aws-sdk/client-route-53");
    return { sdk, client: newClient(sdk, config) };
  });
  const HostedZoneId = config.zoneId;

  return {
    async read(name) {
      const sets: ResourceRecordSet[] = [];
      let start: Partial<ListResourceRecordSetsCommandOutput> = { NextRecordName: `${name}.` };
      for (let page = 1; page <= MAX_PAGES; page += 1) {
        const from = start;
        const answer = await ask("read", async () => {
          const { sdk, client } = await load();
          const input = {
            HostedZoneId,
            MaxItems: PAGE_SETS,
            StartRecordName: from.NextRecordName,
            StartRecordType: from.NextRecordType,
            StartRecordIdentifier: from.NextRecordIdentifier,
          };
          return client.send(new sdk.ListResourceRecordSetsCommand(input), inTime());
        });
        if (!answer.ok) return answer;
        const { ResourceRecordSets = [], IsTruncated, NextRecordName } = answer.value;
        sets.push(...ResourceRecordSets);
        // Sets are sorted by their labels from the last on, so that those below a name follow it.
        const isPast = !isBelow(name, NextRecordName ?? "");
        if (IsTruncated !== true || isPast) return { ok: true, value: standingAt(name, sets) };
        start = answer.value;
      }
      return { ok: false, fault: "refused", code: "TooManyRecordSets" };
    },

    async change(changes) {
      const answer = await ask("change", async () => {
        const { sdk, client } = await load();
        const input = { HostedZoneId, ChangeBatch: { Changes: changes.map(toSdk) } };
        return client.send(new sdk.ChangeResourceRecordSetsCommand(input), inTime());
      });
      if (!answer.ok) return answer;
      const changeId = answer.value.ChangeInfo?.Id;
      if (changeId === undefined) return { ok: false, fault: "unconfirmed", code: "NoChangeId" };
      return { ok: true, value: changeId.replace(/^\/change\//, "") };
    },

    async isInSync(changeId) {
      const answer = await ask("read", async () => {
        const { sdk, client } = await load();
        return client.send(new sdk.GetChangeCommand({ Id: changeId }), inTime());
      });
      if (!answer.ok) return answer;
      return { ok: true, value: answer.value.ChangeInfo?.Status === "INSYNC" };
    },
  };
}

function newClient({ Route53Client }: Sdk, config: DnsConfig): Route53Client {
  return new Route53Client({
    region: SIGNING_REGION,
    credentials: {
      accessKeyId: config.accessKeyId,
      secretAccessKey: config.secretAccessKey.reveal(),
    },
    // The reconciler's rounds are the retries: each begins with a look at what is there.
    maxAttempts: 1,
    ...(config.endpoint === null ? {} : { endpoint: config.endpoint }),
  });
}

function inTime(): { readonly abortSignal: AbortSignal } {
  return { abortSignal: AbortSignal.timeout(REQUEST_MS) };
}

/** A failed load is tried again. */
function lazy<T>(load: () => Promise<T>): () => Promise<T> {
  let loaded: Promise<T> | null = null;
  return () => {
    loaded ??= load().catch((error: unknown) => {
      loaded = null;
      throw error;
    });
    return loaded;
  };
}

async function ask<T>(kind: "read" | "change", send: () => Promise<T>): Promise<ZoneAnswer<T>> {
  try {
    return { ok: true, value: await send() };
  } catch (error) {
    const code = error instanceof Error ? error.name : "unknown";
    return { ok: false, fault: FAULTS[code] ?? faultOf(error, kind), code };
  }
}

/** Only an answer of 4xx says that nothing was changed: an answer that is lost or cannot be read says nothing. */
function faultOf(error: unknown, kind: "read" | "change"): ZoneFault {
  const status = statusOf(error);
  if (status === 429) return "throttled";
  if (status !== null && status >= 400 && status < 500) return "refused";
  return kind === "change" ? "unconfirmed" : "unreachable";
}

function statusOf(error: unknown): number | null {
  if (!(error instanceof Error) || !("$metadata" in error)) return null;
  const metadata = error.$metadata;
  if (typeof metadata !== "object" || metadata === null || !("httpStatusCode" in metadata)) {
    return null;
  }
  return typeof metadata.httpStatusCode === "number" ? metadata.httpStatusCode : null;
}

function isBelow(name: string, other: string): boolean {
  const bare = bareName(other);
  return bare === name || bare.endsWith(`.${name}`);
}

function standingAt(name: string, all: readonly ResourceRecordSet[]): StandingName {
  const sets: RecordSet[] = [];
  const foreign: string[] = [];
  for (const each of all) {
    const setName = bareName(each.Name ?? "");
    const type = each.Type ?? "";
    if (!isPartOf(name, setName, type)) continue;
    const set = simpleSet(name, setName, each);
    if (set !== null) sets.push(set);
    else foreign.push(`${setName} ${type}`);
  }
  return { sets, foreign };
}

/** Null for a set of a kind that the reconciler never makes there: an alias, one of several by policy, another type. */
function simpleSet(name: string, setName: string, set: ResourceRecordSet): RecordSet | null {
  const { TTL: ttlSecs, ResourceRecords, SetIdentifier, AliasTarget, Type: type } = set;
  if (SetIdentifier !== undefined || AliasTarget !== undefined) return null;
  if (ttlSecs === undefined || ResourceRecords === undefined) return null;
  const values = ResourceRecords.flatMap(({ Value }) => Value ?? []).toSorted();
  const isOwners = setName === ownerNameOf(name);
  const isAddress = setName === name && (type === "A" || type === "AAAA");
  const isService = setName !== name && !isOwners && type === "SRV";
  if (!isAddress && !isService && !(isOwners && type === "TXT")) return null;
  return { name: setName, type, ttlSecs, values };
}

function toSdk({ action, set }: RecordChange) {
  return {
    Action: action,
    ResourceRecordSet: {
      Name: `${set.name}.`,
      Type: set.type,
      TTL: set.ttlSecs,
      ResourceRecords: set.values.map((Value) => ({ Value })),
    },
  };
}
