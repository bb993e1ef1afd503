import { spawnSync } from "node:child_process";
import { createHash, createPublicKey, generateKeyPairSync, verify } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parseCidr } from "../../schema/values/cidr.ts";
import { portRules } from "../../schema/values/port-rules.ts";
import { createDocument, FeedRefused } from "../../workers/network/document.ts";
import { renderFeed } from "../../workers/network/render-feed.ts";
import { detachedJws, openFeedSigner } from "../../workers/network/siblings.ts";
import { feedDocument, feedRange } from "../support/feed-document.ts";
import { skipsFor, suiteName } from "../support/skip.ts";

/** Every format read by a program that is not ours. */

const document = feedDocument();
let folder: string;
const files = new Map<string, string>();

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "trunkline-feed-"));
  for (const { path, body } of await renderFeed(document)) files.set(path, body);
});
afterAll(() => rmSync(folder, { recursive: true }));

function file(path: string): string {
  const body = files.get(path);
  if (body === undefined) throw new Error(`${path} is not rendered`);
  return body;
}

/** The file's path on disk, for a program that wants one. */
function onDisk(path: string, name: string): string {
  const target = join(folder, name);
  writeFileSync(target, file(path));
  return target;
}

function run(program: string, args: readonly string[], input = "") {
  const { status, stdout, stderr } = spawnSync(program, args, { input, encoding: "utf8" });
  return { status, stdout, stderr };
}

function missing(program: string, args: readonly string[] = ["--version"]): string | null {
  return run(program, args).status === 0 ? null : `${program} is not there`;
}

const noPython = missing("python3");
/** Prints JSON: what Python's own modules make of the text on its standard input. */
function python(script: string, input: string): unknown {
  const result = run("python3", ["-c", script], input);
  if (result.status !== 0) throw new Error(result.stderr);
  return JSON.parse(result.stdout);
}

const NETWORKS = `
import sys, json, ipaddress
nets = [ipaddress.ip_network(line) for line in sys.stdin.read().splitlines()]
ordered = sorted(nets, key=lambda n: (n.version, int(n.network_address)))
short = [str(n) for v in (4, 6) for n in ipaddress.collapse_addresses([m for m in nets if m.version == v])]
print(json.dumps({"nets": [str(n) for n in nets], "ordered": [str(n) for n in ordered], "short": short,
  "isPublic": all(n.is_global for n in nets), "families": sorted({n.version for n in nets})}))`;

describe.skipIf(skipsFor(noPython))(suiteName("lists, read by Python", noPython), () => {
  const lists = [...new Set(["v4", "v6", "all", "next/v4", "next/all", "us/v4", "us/agent-v4"])];
  it.each(lists)("%s.txt is canonical, aggregated, in order and public", (name) => {
    const text = file(`/network/${name}.txt`);
    const read = python(NETWORKS, text) as Record<string, unknown>;
    expect(read["nets"]).toEqual(text.trimEnd().split("\n"));
    expect(read["ordered"]).toEqual(read["nets"]);
    expect(read["short"]).toEqual(read["nets"]);
    expect(read["isPublic"]).toBe(true);
    if (name.endsWith("v4")) expect(read["families"]).toEqual([4]);
  });

  it("the list of all is exactly the addresses of the ranges in use", () => {
    const used = document.ranges.filter(({ state }) => state !== "pending");
    const read = python(NETWORKS, used.map(({ prefix }) => `${prefix}\n`).join(""));
    expect((read as Record<string, unknown>)["short"]).toEqual(
      file("/network/all.txt").trimEnd().split("\n"),
    );
  });

  it("the CSV files have one width, and the ports of the table", () => {
    const script = `
import sys, csv, json
print(json.dumps(list(csv.reader(line for line in sys.stdin if not line.startswith("#")))))`;
    const rules = python(script, file("/network/rules.csv")) as string[][];
    expect(new Set(rules.map((row) => row.length))).toEqual(new Set([10]));
    const table = portRules(document.settings.ports);
    expect(rules.slice(1).map((row) => [row[0], row[6]])).toEqual(
      table.map(({ id, ourPort }) => [String(id), ourPort]),
    );
    const places = python(script, file("/network/geofeed.csv")) as string[][];
    expect(places.map((row) => row.length)).toEqual(places.map(() => 5));
    expect(places).toContainEqual(["25.10.20.128/26", "DE", "DE-HE", "Frankfurt", ""]);
  });

  it("the Atom feed is well-formed and has what RFC 4287 §4.1 asks for", () => {
    const script = `
import sys, json, xml.etree.ElementTree as tree
n = "{http://www.w3.org/2005/Atom}"
feed = tree.fromstring(sys.stdin.read())
one = lambda e, k: [c.text for c in e.findall(n + k)]
print(json.dumps({"tag": feed.tag, "id": one(feed, "id"), "title": one(feed, "title"), "updated": one(feed, "updated"),
  "author": [c.findtext(n + "name") for c in feed.findall(n + "author")],
  "self": [c.get("href") for c in feed.findall(n + "link") if c.get("rel") == "self"],
  "entries": [{k: one(e, k) for k in ("id", "title", "updated", "summary")} for e in feed.findall(n + "entry")]}))`;
    const feed = python(script, file("/network/changes.atom")) as {
      tag: string;
      entries: Record<string, string[]>[];
    };
    expect(feed).toMatchObject({
      tag: "{http://www.w3.org/2005/Atom}feed",
      id: ["tag:sip.example.net,2026:ranges"],
      updated: ["2026-12-01T12:00:00Z"],
      author: ["Trunkline"],
      self: ["https://sip.example.net/network/changes.atom"],
    });
    expect(feed.entries.map(({ id }) => id)).toEqual([
      ["tag:sip.example.net,2026:ranges:8"],
      ["tag:sip.example.net,2026:ranges:7"],
    ]);
    expect(feed.entries[0]?.["summary"]?.[0]).toContain('<withdrew> the block & said "now"');
  });

  it("FreeSWITCH's list and the page are well-formed", () => {
    const script = `
import sys, json, html.parser, xml.etree.ElementTree as tree
text = sys.stdin.read()
print(json.dumps([node.get("cidr") for node in tree.fromstring(text).findall("node")]))`;
    expect(python(script, file("/network/snippets/freeswitch"))).toContain("25.10.20.0/25");
    const childless = ["meta", "link"];
    const page = `
import sys, json, html.parser
class Page(html.parser.HTMLParser):
  def __init__(self):
    super().__init__(); self.open = []; self.wrong = []; self.seen = {}
  def handle_starttag(self, tag, attrs):
    self.seen[tag] = self.seen.get(tag, 0) + 1
    if tag not in ${JSON.stringify(childless)}: self.open.append(tag)
  def handle_endtag(self, tag):
    if not self.open or self.open.pop() != tag: self.wrong.append(tag)
page = Page(); page.feed(sys.stdin.read())
print(json.dumps({"open": page.open, "wrong": page.wrong, "seen": page.seen}))`;
    const read = python(page, file("/network")) as { seen: Record<string, number> };
    expect(read).toMatchObject({ open: [], wrong: [] });
    expect(read.seen["script"]).toBeUndefined();
    expect(read.seen["caption"]).toBe(read.seen["table"]);
    expect(read.seen["h1"]).toBe(1);
  });
});

const noJq = missing("jq");
describe.skipIf(skipsFor(noJq))(suiteName("JSON shapes, asked with jq", noJq), () => {
  const ask = (path: string, filter: string) => run("jq", ["-c", filter], file(path)).stdout.trim();

  it("a script for AWS's ranges reads ours", () => {
    const filter = '[.prefixes[] | select(.service == "SIP" and .region == "eu").ip_prefix]';
    expect(ask("/network/aws.json", filter)).toBe('["25.10.20.128/26"]');
    expect(ask("/network/aws.json", "[.syncToken, .createDate]")).toBe(
      '["8","2026-12-01-12-00-00"]',
    );
  });

  it("a script for Azure's service tags reads ours, with each tag's own change number", () => {
    const filter = '.values[] | select(.name == "trunkline.sip.eu").properties';
    expect(JSON.parse(ask("/network/azure.json", filter))).toMatchObject({
      changeNumber: 7,
      region: "eu",
      addressPrefixes: ["25.10.20.128/26", "2a0f:ffff:0:1::/64"],
    });
  });

  it("Google's, Office's and Check Point's shapes hold the same addresses", () => {
    const all = JSON.stringify(file("/network/all.txt").trimEnd().split("\n"));
    expect(ask("/network/goog.json", "[.prefixes[] | .ipv4Prefix // .ipv6Prefix]")).toBe(all);
    expect(ask("/network/checkpoint.json", ".objects[0].ranges")).toBe(all);
    expect(ask("/network/endpoints.json", "[.[].id]")).toBe("[1,2,3,4,5]");
    expect(ask("/network/checkpoint.json", ".objects[0].id")).toMatch(
      /^"[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"$/,
    );
  });

  it("the native document has every state at its place, and the ports", () => {
    const filter = "[(.prefixes | length), (.pending | length), (.deprecated | length)]";
    expect(ask("/network/ip-ranges.json", filter)).toBe("[6,1,1]");
    const ports = portRules(document.settings.ports).length;
    expect(ask("/network/ip-ranges.json", ".ports | length")).toBe(String(ports));
  });
});

it.skipIf(skipsFor(noPython))(
  suiteName("Check Point's ids are the UUIDs that Python gives the same names", noPython),
  () => {
    const script = `
import json, uuid
print(json.dumps(str(uuid.uuid5(uuid.NAMESPACE_URL, "https://sip.example.net/network/checkpoint.json#trunkline-eu"))))`;
    const { objects } = JSON.parse(file("/network/checkpoint.json"));
    const found = objects.find(({ name }: { name: string }) => name === "trunkline-eu");
    expect(found.id).toBe(python(script, ""));
  },
);

const noNft = missing("nft", ["-c", "list", "ruleset"]);
describe.skipIf(skipsFor(noNft))(suiteName("nftables", noNft), () => {
  it("takes the rules as they are", () => {
    const result = run("nft", ["-c", "-f", onDisk("/network/snippets/nftables", "rules.nft")]);
    expect(result).toEqual({ status: 0, stdout: "", stderr: "" });
  });

  it.each(["sip", "rtp", "webhook", "agent", "probe"] as const)(
    "takes those of a block for %s alone",
    async (service) => {
      const ranges = document.ranges.map((range) => ({ ...range, services: [service] }));
      const rendered = await renderFeed(feedDocument({ ranges }));
      const rules = rendered.find(({ path }) => path === "/network/snippets/nftables")?.body ?? "";
      expect(rules).toContain("policy drop;");
      expect(run("nft", ["-c", "-f", "-"], rules)).toEqual({ status: 0, stdout: "", stderr: "" });
    },
  );
});

const noIptables = missing("iptables-restore");
describe.skipIf(skipsFor(noIptables))(suiteName("iptables", noIptables), () => {
  it.each([
    ["iptables-restore", "/network/snippets/iptables"],
    ["ip6tables-restore", "/network/snippets/ip6tables"],
  ])("%s takes %s", (program, path) => {
    const result = run(program, ["--test", "--noflush"], file(path));
    expect(result.stderr).toBe("");
    expect(result.status).toBe(0);
  });
});

const noTerraform = missing("terraform", ["version"]);
describe.skipIf(noTerraform !== null)(suiteName("Terraform", noTerraform), () => {
  it.each(["aws", "azure", "gcp"])(
    "%s: `terraform fmt` parses it and would change nothing",
    (cloud) => {
      const result = run(
        "terraform",
        ["fmt", "-check", "-"],
        file(`/network/snippets/${cloud}-terraform`),
      );
      // The names of files that it would change go to standard output.
      expect(result).toMatchObject({ status: 0, stdout: "" });
    },
  );
});

it("Terraform of each cloud holds both families, and IPv4 under the names that it always had", () => {
  const resources = (cloud: string) =>
    Array.from(
      file(`/network/snippets/${cloud}-terraform`).matchAll(/^resource "(\w+)" "(\w+)"/gm),
      ([, type, name]) => `${type?.split("_").at(-1)} ${name}`,
    );
  expect(resources("aws")).toEqual([
    ...["list trunkline", "rule trunkline_sip", "rule trunkline_media"],
    ...["list trunkline_v6", "rule trunkline_sip_v6", "rule trunkline_media_v6"],
  ]);
  expect(resources("gcp")).toEqual(["group trunkline", "group trunkline_v6"]);
  // An IP group of Azure takes none.
  expect(resources("azure")).toEqual(["group trunkline"]);
  for (const cloud of ["aws", "azure", "gcp"]) {
    expect(file(`/network/snippets/${cloud}-terraform`), cloud).toContain("2a0f:ffff:0:1::/64");
  }
});

it("node:crypto verifies the detached signature with the published key, and refuses another file's", async () => {
  const { privateKey } = generateKeyPairSync("ed25519");
  const pkcs8 = privateKey.export({ type: "pkcs8", format: "der" }).toString("base64url");
  const signer = await openFeedSigner(pkcs8);
  const body = file("/network/v4.txt");
  const signed = { path: "/network/v4.txt", contentType: "text/plain", body };
  const [header = "", payload, signature = ""] = (await detachedJws(signed, 8, signer)).split(".");
  const jwk = { ...signer.publicKey };
  const key = createPublicKey({ key: jwk, format: "jwk" });
  const verifies = (text: string) => {
    const input = `${header}.${Buffer.from(text).toString("base64url")}`;
    return verify(null, Buffer.from(input), key, Buffer.from(signature, "base64url"));
  };
  expect([payload, verifies(body), verifies(file("/network/all.txt"))]).toEqual(["", true, false]);
  const { kid, x } = signer.publicKey;
  const thumbprint = createHash("sha256").update(`{"crv":"Ed25519","kty":"OKP","x":"${x}"}`);
  expect(kid).toBe(thumbprint.digest("base64url"));
});

describe("every file", () => {
  it("ends its last line with LF, has no CR, no BOM, no blank at a line's end", () => {
    for (const [path, body] of files) {
      expect(body.endsWith("\n"), path).toBe(true);
      expect(/\r|\ufeff/.test(body), path).toBe(false);
      if (path.endsWith(".txt")) expect(/[ \t]$|^$/m.test(body.trimEnd()), path).toBe(false);
    }
  });

  it("is the same bytes again, in whatever order the ranges come", async () => {
    const shuffled = feedDocument({ ranges: [...document.ranges].reverse() });
    const again = await renderFeed(shuffled);
    expect(new Map(again.map(({ path, body }) => [path, body]))).toEqual(files);
    expect(again.map(({ path }) => path)).toEqual([...files.keys()]);
  });

  it("carries the version where its form has room for one", () => {
    const bare =
      /\.txt$|paloalto|fortinet|checkpoint$|juniper|endpoints|ipset|kamailio|opensips|rules\.csv$/;
    for (const [path, body] of files) {
      if (!bare.test(path)) expect(/\b8\b/.test(body), path).toBe(true);
    }
  });

  it("stays far below the limits of devices (F5: 128 KB)", async () => {
    const ranges = Array.from({ length: 32 }, (_, index) => feedRange(`25.${index}.0.0/24`, "us"));
    const large = await renderFeed(feedDocument({ ranges }));
    for (const { path, body } of large) {
      if (path.endsWith(".txt")) expect(body.length, path).toBeLessThan(131_072);
    }
  });

  it("is left out when it would list nothing", async () => {
    const ipv4 = await renderFeed(feedDocument({ ranges: [feedRange("25.10.20.0/24", "us")] }));
    const paths = ipv4.map(({ path }) => path);
    expect(paths).toContain("/network/v4.txt");
    expect(paths.filter((path) => path.includes("v6") || path.includes("ip6"))).toEqual([]);
    const pending = await renderFeed(
      feedDocument({ ranges: [feedRange("25.10.20.0/24", "us", "pending")] }),
    );
    const offered = pending.map(({ path }) => path);
    expect(offered).toContain("/network/next/v4.txt");
    expect(offered).not.toContain("/network/v4.txt");
    expect(offered).not.toContain("/network/ip-ranges.json");
  });
});

it.each(["127.0.0.0/24", "10.0.0.0/24", "203.0.113.0/24", "::1/128", "169.254.0.0/16"])(
  "%s is never rendered, whatever the table holds",
  (prefix) => {
    expect(parseCidr(prefix)).toBe(prefix);
    expect(() => createDocument({ ...document, ranges: [feedRange(prefix, "us")] })).toThrow(
      FeedRefused,
    );
  },
);
