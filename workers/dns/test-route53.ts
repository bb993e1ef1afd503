import { vi } from "vitest";
import { Secret } from "../../schema/values/secret.ts";
import type { DnsConfig } from "./dns-config.ts";
import { itemsOf, type RecordSet } from "./record-sets.ts";

export const ZONE_ID = "ZTEST";
const API = `/2013-04-01/hostedzone/${ZONE_ID}/rrset`;
const XMLNS = "https://route53.amazonaws.com/doc/2013-04-01/";

/** The SDK's modules are fetched one by one in a test run; a deployed Worker has them in its bundle. */
export const SDK_WITHIN_MS = 120_000;
export async function warmSdk(): Promise<void> {
  await import("@aws-sdk/client-route-53");
}

/** A set as Route 53 keeps it: also of types and kinds that are not ours. */
export interface StubSet extends Omit<RecordSet, "type"> {
  readonly type: string;
  readonly setIdentifier?: string;
}

/** What becomes of the next request of a kind. */
export type StubFault =
  | "throttled"
  | "prior_not_complete"
  | "denied"
  | "down"
  /** The request is worked on and its answer lost. */
  | "answer_lost";

export function testDnsConfig(change: Partial<DnsConfig> = {}): DnsConfig {
  return {
    zoneId: ZONE_ID,
    accessKeyId: "AKIDEXAMPLE",
    secretAccessKey: new Secret("example"),
    endpoint: "https://route53.test",
    domain: "example.net",
    names: [{ name: "sip.example.net", regions: ["us"] }],
    ttlSecs: 60,
    transports: ["tls", "tcp"],
    ...change,
  };
}

/** A zone behind the REST API of Route 53, in its XML, with what makes it hard: late reads, faults, strict batches. */
export class TestRoute53 {
  /** A read shows the zone as it was so many changes ago … */
  lagChanges = 0;
  /** … until it was asked so often. */
  lagReads = 0;
  /** So often GetChange says PENDING. */
  pendingAnswers = 0;
  pageSets = 300;
  readonly faults: { on: "read" | "change" | "get_change"; fault: StubFault }[] = [];
  readonly requests: { method: string; path: string; body: string; authorization: string }[] = [];
  /** After each change that was made. */
  onChanged: () => void = () => undefined;
  readonly #versions: (readonly StubSet[])[] = [[]];

  get sets(): readonly StubSet[] {
    return this.#versions.at(-1) ?? [];
  }

  /** As somebody else changes it. */
  put(...sets: readonly StubSet[]): void {
    const others = this.sets.filter((set) => !sets.some((other) => keyOf(other) === keyOf(set)));
    this.#versions.push([...others, ...sets]);
  }

  remove(name: string, type: string): void {
    this.#versions.push(this.sets.filter((set) => !(set.name === name && set.type === type)));
  }

  set(name: string, type: string): StubSet | undefined {
    return this.sets.find((set) => set.name === name && set.type === type);
  }

  addresses(name: string): readonly string[] {
    return this.sets
      .filter((set) => set.name === name && (set.type === "A" || set.type === "AAAA"))
      .flatMap(({ values }) => values);
  }

  targets(name: string, prefix = "_sips._tcp"): readonly string[] {
    const set = this.set(`${prefix}.${name}`, "SRV");
    return set === undefined ? [] : itemsOf({ ...set, type: "SRV" });
  }

  /** In the place of the global fetch. */
  install(): void {
    vi.spyOn(globalThis, "fetch").mockImplementation(async (input, init) =>
      this.#answer(new Request(input, init)),
    );
  }

  async #answer(request: Request): Promise<Response> {
    const url = new URL(request.url);
    const body = await request.text();
    const authorization = request.headers.get("authorization") ?? "";
    this.requests.push({ method: request.method, path: url.pathname, body, authorization });
    const isChange = request.method === "POST";
    const kind = isChange ? "change" : url.pathname.includes("/change/") ? "get_change" : "read";
    const at = this.faults.findIndex(({ on }) => on === kind);
    const [planned] = at === -1 ? [] : this.faults.splice(at, 1);
    switch (planned?.fault) {
      case "throttled":
        return failure(400, "Throttling");
      case "prior_not_complete":
        return failure(400, "PriorRequestNotComplete");
      case "denied":
        return failure(403, "AccessDenied");
      case "down":
        return new Response("<html>Bad gateway</html>", { status: 502 });
      default:
    }
    const answer = this.#work(kind, url, body);
    if (planned?.fault === "answer_lost") throw new TypeError("the connection was lost");
    return answer;
  }

  #work(kind: "read" | "change" | "get_change", url: URL, body: string): Response {
    if (kind === "change") return url.pathname.startsWith(API) ? this.#change(body) : noZone();
    if (kind === "read") return url.pathname === API ? this.#list(url.searchParams) : noZone();
    const isPending = this.pendingAnswers > 0;
    if (isPending) this.pendingAnswers -= 1;
    return xml("GetChangeResponse", changeInfo(isPending ? "PENDING" : "INSYNC"));
  }

  #visible(): readonly StubSet[] {
    if (this.lagReads === 0) return this.sets;
    this.lagReads -= 1;
    return this.#versions.at(-1 - this.lagChanges) ?? this.#versions[0] ?? [];
  }

  #list(query: URLSearchParams): Response {
    const sorted = this.#visible().toSorted((a, b) => (orderOf(a) < orderOf(b) ? -1 : 1));
    const start = { name: bare(query.get("name") ?? ""), type: query.get("type") ?? "" };
    const from = sorted.filter((set) => orderOf(set) >= orderOf(start));
    const size = Math.min(this.pageSets, Number(query.get("maxitems") ?? 300));
    const page = from.slice(0, size);
    const next = from[size];
    const more =
      next === undefined
        ? "<IsTruncated>false</IsTruncated>"
        : `<IsTruncated>true</IsTruncated><NextRecordName>${next.name}.</NextRecordName><NextRecordType>${next.type}</NextRecordType>`;
    const sets = page.map(writeSet).join("");
    return xml(
      "ListResourceRecordSetsResponse",
      `<ResourceRecordSets>${sets}</ResourceRecordSets>${more}<MaxItems>${size}</MaxItems>`,
    );
  }

  /** All or nothing, each change against what those before it have left. */
  #change(body: string): Response {
    let next = [...this.sets];
    for (const [, text = ""] of body.matchAll(/<Change>(.*?)<\/Change>/gs)) {
      const action = element(text, "Action");
      const set = readSet(text);
      const standing = next.find((other) => keyOf(other) === keyOf(set));
      const isRefused =
        action === "DELETE"
          ? !isEqual(standing, set)
          : standing !== undefined || hasCname(next, set);
      if (isRefused) return failure(400, "InvalidChangeBatch");
      next = action === "DELETE" ? next.filter((other) => other !== standing) : [...next, set];
    }
    this.#versions.push(next);
    this.onChanged();
    return xml("ChangeResourceRecordSetsResponse", changeInfo("PENDING"));
  }
}

function changeInfo(status: string): string {
  return `<ChangeInfo><Id>/change/C1</Id><Status>${status}</Status><SubmittedAt>2026-01-01T00:00:00Z</SubmittedAt></ChangeInfo>`;
}

function xml(root: string, content: string, status = 200): Response {
  const text = `<?xml version="1.0"?>\n<${root} xmlns="${XMLNS}">${content}</${root}>`;
  return new Response(text, { status, headers: { "content-type": "text/xml" } });
}

function failure(status: number, code: string): Response {
  const error = `<Error><Type>Sender</Type><Code>${code}</Code><Message>No.</Message></Error>`;
  return xml("ErrorResponse", `${error}<RequestId>1</RequestId>`, status);
}

function noZone(): Response {
  return failure(404, "NoSuchHostedZone");
}

function writeSet(set: StubSet): string {
  const records = set.values
    .map(
      (value) =>
        `<ResourceRecord><Value>${value.replaceAll('"', "&quot;")}</Value></ResourceRecord>`,
    )
    .join("");
  const identifier =
    set.setIdentifier === undefined
      ? ""
      : `<SetIdentifier>${set.setIdentifier}</SetIdentifier><Weight>1</Weight>`;
  return `<ResourceRecordSet><Name>${set.name}.</Name><Type>${set.type}</Type>${identifier}<TTL>${set.ttlSecs}</TTL><ResourceRecords>${records}</ResourceRecords></ResourceRecordSet>`;
}

function readSet(text: string): StubSet {
  const values = Array.from(text.matchAll(/<Value>(.*?)<\/Value>/gs), ([, value = ""]) =>
    value.replaceAll("&quot;", '"'),
  );
  return {
    name: bare(element(text, "Name")),
    type: element(text, "Type"),
    ttlSecs: Number(element(text, "TTL")),
    values,
  };
}

function element(text: string, name: string): string {
  return new RegExp(`<${name}>(.*?)</${name}>`, "s").exec(text)?.[1] ?? "";
}

function bare(name: string): string {
  return name.toLowerCase().replace(/\.$/, "");
}

function keyOf(set: StubSet): string {
  return `${set.name} ${set.type} ${set.setIdentifier ?? ""}`;
}

/** By labels, the last one first. */
function orderOf({ name, type }: { readonly name: string; readonly type: string }): string {
  return `${name.split(".").toReversed().join(".")}. ${type}`;
}

function isEqual(left: StubSet | undefined, right: StubSet): boolean {
  const text = (set: StubSet) => JSON.stringify([set.ttlSecs, set.values.toSorted()]);
  return left !== undefined && text(left) === text(right);
}

/** RFC 1034 §3.6.2: nothing stands beside a CNAME. */
function hasCname(sets: readonly StubSet[], { name }: StubSet): boolean {
  return sets.some((set) => set.name === name && set.type === "CNAME");
}
